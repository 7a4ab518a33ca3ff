// SPDX-License-Identifier: MPL-2.0

package main

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// redactor replaces names and ids in texts of the service, so that the result of a probe
// can be published.
type redactor struct {
	placeholders map[string]string // by the value in lower case
	pattern      *regexp.Regexp    // of all values; nil if it has to be made
}

// learn makes the redactor replace values from now on.
func (r *redactor) learn(placeholder string, values ...string) {
	for _, value := range values {
		value = strings.ToLower(strings.TrimSpace(value))
		if value == "" || r.placeholders[value] != "" {
			continue
		}
		if r.placeholders == nil {
			r.placeholders = map[string]string{}
		}
		r.placeholders[value], r.pattern = placeholder, nil
	}
}

// learnSettings learns the names that the person gave, and those of the caller.
func (r *redactor) learnSettings(p *probe) {
	host := strings.TrimPrefix(string(p.client.Conn().URI()), "https://")
	alias, _, _ := strings.Cut(host, ".")
	r.learn("<cluster>", host, alias)
	r.learn("<database>", p.database.Database)
	for _, e := range p.entities {
		r.learn("<"+e.Type.Noun+">", e.Name)
	}
	r.learn("<assignment>", p.armAssignment)
	r.learn("<id>", p.ids.ObjectID, p.ids.ClientID)
	for _, f := range []kusto.FQN{p.caller, p.principal, p.other, p.deleted} {
		if f == (kusto.FQN{}) {
			continue
		}
		r.learn("<principal>", f.String())
		r.learn("<name>", f.ID)
		r.learn("<tenant>", f.Tenant)
	}
}

// learnRow learns the names in a row of a list of principals.
func (r *redactor) learnRow(row mgmt.Row) {
	r.learn("<principal>", row.Get("PrincipalFQN"))
	_, rest, _ := strings.Cut(row.Get("PrincipalFQN"), "=")
	id, tenant, _ := strings.Cut(rest, ";")
	r.learn("<id>", id, row.Get("PrincipalObjectId"))
	r.learn("<tenant>", tenant)
	name := row.Get("PrincipalDisplayName")
	r.learn("<name>", name)
	if shown := bracketed.FindStringSubmatch(name); shown != nil {
		r.learn("<name>", shown[1])
		r.learn("<address>", shown[4])
	}
	if strings.Contains(strings.ToLower(row.Get("PrincipalFQN")), "user=") {
		r.learnPerson(name)
	}
	r.learn("<notes>", row.Get("Notes"))
}

// learnPerson learns each word of a person's name.
func (r *redactor) learnPerson(name string) {
	name, _, _ = strings.Cut(name, " (")
	if strings.Contains(name, " from AAD tenant ") {
		return
	}
	for _, word := range strings.Fields(name) {
		if utf8.RuneCountInString(word) > 2 {
			r.learn("<name>", word)
		}
	}
}

// What looks like a name or an id, whosever it is.
var (
	anyGUID    = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	anyAddress = regexp.MustCompile(`[^\s'"<>=;:()\[\]]+@[^\s'"<>=;:()\[\]]+`)
	anyHost    = regexp.MustCompile(`\b[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*\.[a-z]{2,24}\b`)
	// anyQuoted is a text in quotes with the word before it, which may say that it is
	// the service's own: of kind 'Table'.
	// An apostrophe within a word ends no quotes.
	anyQuoted = regexp.MustCompile(`(?:(\w+):? )?(?:'((?:[^']|'[\p{L}\p{N}])*)'|"([^"]*)")`)
)

// ownWords stand before texts in quotes that are the service's own words.
var ownWords = []string{"kind", "type", "role", "commandtype", "origin", "resource", "timewindow"}

// redact replaces what is known, and then what looks like a name or an id.
func (r *redactor) redact(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	text = r.replaceKnown(text)
	text = anyGUID.ReplaceAllString(text, "<id>")
	text = anyAddress.ReplaceAllString(text, "<address>")
	text = anyHost.ReplaceAllString(text, "<host>")
	return anyQuoted.ReplaceAllStringFunc(text, func(quoted string) string {
		parts := anyQuoted.FindStringSubmatch(quoted)
		inside := cmp.Or(parts[2], parts[3])
		if slices.Contains(ownWords, strings.ToLower(parts[1])) || placeholdersOnly.MatchString(inside) {
			return quoted
		}
		return strings.Replace(quoted, inside, "<text>", 1)
	})
}

// placeholdersOnly is a text in which nothing is left to replace: "[DB <database> v?.?]".
var placeholdersOnly = regexp.MustCompile(`^(\[DB )?(<[a-z ]+>[;=]?)+( v\S*\])?$`)

func (r *redactor) replaceKnown(text string) string {
	if len(r.placeholders) == 0 {
		return text
	}
	if r.pattern == nil {
		var values []string
		for value := range r.placeholders {
			values = append(values, value)
		}
		// Of two names that begin alike, the longer one is meant.
		slices.SortFunc(values, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
		for i, value := range values {
			values[i] = regexp.QuoteMeta(value)
		}
		r.pattern = regexp.MustCompile(`(?i)` + strings.Join(values, "|"))
	}
	var b strings.Builder
	end := 0
	for _, at := range r.pattern.FindAllStringIndex(text, -1) {
		if !isWhole(text, at[0], at[1]) {
			continue
		}
		b.WriteString(text[end:at[0]])
		b.WriteString(cmp.Or(r.placeholders[strings.ToLower(text[at[0]:at[1]])], "<name>"))
		end = at[1]
	}
	return b.String() + text[end:]
}

// isWhole reports whether a part of a text is not only a part of a longer word.
func isWhole(text string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	first, _ := utf8.DecodeRuneInString(text[from:])
	last, _ := utf8.DecodeLastRuneInString(text[:to])
	after, _ := utf8.DecodeRuneInString(text[to:])
	return (!isWord(before) || !isWord(first)) && (!isWord(last) || !isWord(after))
}

// isWord reports whether a letter is one of a script that separates words.
func isWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsDigit(r) || unicode.In(r, unicode.Latin, unicode.Cyrillic, unicode.Greek))
}

// spelling replaces each letter and each digit, for a text of which only the form matters.
func spelling(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r):
			return 'a'
		case unicode.IsDigit(r):
			return '9'
		}
		return r
	}, text)
}

// sightings are what a cluster showed that neither the provider nor the emulator knows.
type sightings struct{ all []sighting }

// sighting is a text of the service, not redacted. what it is has no names in it.
type sighting struct{ what, text string }

func (s *sightings) add(what, text string) {
	if one := (sighting{what, text}); !slices.Contains(s.all, one) {
		s.all = append(s.all, one)
	}
}
