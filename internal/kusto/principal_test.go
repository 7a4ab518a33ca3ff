// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"strings"
	"testing"
)

const (
	objectID = "00000000-0000-4000-8000-0000000000AA"
	tenantID = "C0C0C0C0-0000-4000-8000-00000000C0C0"
)

func TestParseFQN_readsEveryDocumentedForm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]FQN{
		"aaduser=alice@contoso.com":                   {Type: User, ID: "alice@contoso.com", Tenant: ""},
		"aaduser=o'neil+x@contoso.com":                {Type: User, ID: "o'neil+x@contoso.com", Tenant: ""},
		"aaduser=alice@contoso.com;contoso.com":       {Type: User, ID: "alice@contoso.com", Tenant: "contoso.com"},
		"aaduser=alice@contoso.com;" + tenantID:       {Type: User, ID: "alice@contoso.com", Tenant: tenantID},
		"aaduser=" + objectID + ";" + tenantID:        {Type: User, ID: objectID, Tenant: tenantID},
		"aaduser=" + objectID + ";contoso.com":        {Type: User, ID: objectID, Tenant: "contoso.com"},
		"AADUser=Alice@Contoso.com":                   {Type: User, ID: "Alice@Contoso.com", Tenant: ""},
		"aaduser=a_b.com#EXT#@c.onmicrosoft.com":      {Type: User, ID: "a_b.com#EXT#@c.onmicrosoft.com", Tenant: ""},
		"aadgroup=readers@contoso.com":                {Type: Group, ID: "readers@contoso.com", Tenant: ""},
		"aadGroup=Data Readers;contoso.com":           {Type: Group, ID: "Data Readers", Tenant: "contoso.com"},
		"aadgroup=R&D = (all), \"x\" 'y';" + tenantID: {Type: Group, ID: "R&D = (all), \"x\" 'y'", Tenant: tenantID},
		"aadgroup=گروه\u200cها;contoso.com":           {Type: Group, ID: "گروه\u200cها", Tenant: "contoso.com"},
		"aadgroup=" + objectID + ";" + tenantID:       {Type: Group, ID: objectID, Tenant: tenantID},
		"aadapp=" + objectID + ";" + tenantID:         {Type: App, ID: objectID, Tenant: tenantID},
		"aadapp=" + objectID:                          {Type: App, ID: objectID, Tenant: ""},
		"aadgroup=" + objectID:                        {Type: Group, ID: objectID, Tenant: ""},
		"aadapp=dashboard 😀;contoso.com":              {Type: App, ID: "dashboard 😀", Tenant: "contoso.com"},
		"msauser=carol@outlook.com":                   {Type: MSA, ID: "carol@outlook.com", Tenant: ""},
	} {
		got, err := ParseFQN(text)
		if err != nil || got != want {
			t.Errorf("%q reads as %#v, %v; want %#v", text, got, err, want)
		}
	}
}

func TestParseFQN_refusesWhatIsNoSinglePrincipal(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                       "must begin with aaduser=, aadgroup=, aadapp= or msauser=",
		"alice@contoso.com":                      "must begin with",
		"aaduser":                                "must begin with",
		"user=alice@contoso.com":                 "must begin with",
		"aaduser =alice@contoso.com":             "must begin with",
		"aaduser=":                               "id or name of the principal",
		"aaduser=;contoso.com":                   "id or name of the principal",
		"aadgroup= x;contoso.com":                "or has spaces around it",
		" aaduser=alice@contoso.com":             "white space",
		"aaduser=alice@contoso.com ":             "white space",
		"aaduser=alice@contoso.com\n":            "control character U+000A",
		"aadgroup=a\tb;contoso.com":              "control character U+0009",
		"aadgroup=a\x00b;contoso.com":            "NUL",
		"aadgroup=a\xffb;contoso.com":            "UTF-8",
		"aadgroup=a\u2028b;contoso.com":          "invisible character U+2028",
		"aadgroup=a\u0085b;contoso.com":          "U+0085",
		"aaduser=al\u200bice@contoso.com":        "invisible character U+200B",
		"aadgroup=a\u202eb;contoso.com":          "invisible character U+202E",
		"\ufeffaaduser=alice@contoso.com":        "invisible character U+FEFF",
		"aaduser=alice":                          "written as UPN",
		"aaduser=Alice Ng;contoso.com":           "written as UPN",
		"aaduser=a b@contoso.com":                "written as UPN",
		"aaduser=a@b@contoso.com":                "written as UPN",
		"aaduser=alice@contoso":                  "written as UPN",
		"aaduser=" + objectID:                    "needs its tenant: aaduser=" + objectID + ";<tenant id or domain>",
		"aadgroup=Data Readers":                  "needs its tenant: aadgroup=Data Readers;<tenant",
		"aadapp=dashboard":                       "application's display name needs its tenant",
		"aadapp=x;":                              `the domain name of a tenant, not ""`,
		"aadapp=x;contoso":                       `domain name of a tenant, not "contoso"`,
		"aadapp=x;-a.com":                        "domain name",
		"aadapp=x;a..com":                        "domain name",
		"aadapp=x;contoso.com;contoso.com":       "only one semicolon",
		"aadapp=x;" + tenantID + ";":             "only one semicolon",
		"aadgroup=a;b;contoso.com":               "only one semicolon",
		"msauser=carol@outlook.com;live.com":     "has no tenant: write msauser=carol@outlook.com",
		"msauser=carol":                          "written as its e-mail address",
		"aadapp=x;t'),('aaduser=e@evil.com":      "domain name",
		"aadapp=x;contoso.com'":                  "domain name",
		"aadapp=x;contoso.com') none//":          "domain name",
		"aaduser=x'),('aaduser=e@evil.com":       "written as UPN",
		"aaduser=a@b.com,aaduser=c@d.com":        "written as UPN",
		"aaduser=a@b.com','aaduser=c@d.com":      "written as UPN",
		"aadgroup=a@b.com\"),(\"aaduser=c@d.com": "needs its tenant",
		"aaduser=a@b.com;aaduser=c@d.com":        "domain name",
	} {
		got, err := ParseFQN(text)
		wantError(t, text, err, want)
		if got != (FQN{}) {
			t.Errorf("%q was refused and still gave %#v", text, got)
		}
	}
}

func TestNewFQN_putsPartsTogether(t *testing.T) {
	t.Parallel()
	f, err := NewFQN(App, objectID, tenantID)
	if err != nil || f.String() != "aadapp="+objectID+";"+tenantID {
		t.Errorf("%v, %v", f, err)
	}
	for _, tc := range []struct {
		t          PrincipalType
		id, tenant string
		want       string
	}{
		{"robot", "x", "contoso.com", "one of user, group, app, msa"},
		{User, "alice@contoso.com;fabrikam.com", "contoso.com", "only one semicolon"},
		{Group, "", "contoso.com", "id or name"},
		{MSA, "carol@outlook.com", "live.com", "has no tenant"},
	} {
		_, err := NewFQN(tc.t, tc.id, tc.tenant)
		wantError(t, tc.id, err, tc.want)
	}
}

func TestFQN_equalsOtherSpellingsOfTheSameName(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b string
		same bool
	}{
		{"aaduser=alice@contoso.com", "AADUSER=Alice@CONTOSO.com", true},
		{"aaduser=alice@contoso.com", "aaduser=alice@contoso.com;Contoso.com", true},
		{"aaduser=alice@contoso.com", "aaduser=alice@contoso.com;fabrikam.com", false},
		{"aaduser=alice@contoso.com", "aaduser=alice@contoso.com;" + tenantID, false},
		{"aaduser=alice@contoso.com", "aaduser=alice@contoso.com.evil.com", false},
		{"aaduser=alice@contoso.com", "msauser=alice@contoso.com", false},
		{"aaduser=alice@contoso.com", "aadgroup=alice@contoso.com", false},
		{"aadapp=" + objectID + ";" + tenantID, "aadapp=" + strings.ToLower(objectID+";"+tenantID), true},
		{"aadapp=" + objectID + ";" + tenantID, "aadapp=" + objectID + ";contoso.com", false},
		{"aadgroup=Data Readers;contoso.com", "aadgroup=data readers;contoso.com", true},
		{"aadgroup=Data Readers;contoso.com", "aadgroup=Data Readers 2;contoso.com", false},
	} {
		a, b := must(tc.a), must(tc.b)
		if a.Equal(b) != tc.same || b.Equal(a) != tc.same || (a.Key() == b.Key()) != tc.same {
			t.Errorf("%s and %s: equal %t, want %t", tc.a, tc.b, a.Equal(b), tc.same)
		}
	}
}

func TestFQN_isResolvedWhenKustoAnswersSo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"aaduser=" + objectID + ";" + tenantID:  true,
		"aadapp=" + objectID + ";" + tenantID:   true,
		"msauser=carol@outlook.com":             true,
		"aaduser=" + objectID + ";contoso.com":  false,
		"aaduser=alice@contoso.com":             false,
		"aaduser=alice@contoso.com;" + tenantID: false,
	} {
		if got := must(text).IsCanonical(); got != want {
			t.Errorf("%s: resolved %t, want %t", text, got, want)
		}
	}
}

func FuzzParseFQN(f *testing.F) {
	for _, seed := range []string{
		"aaduser=alice@contoso.com", "aadapp=" + objectID + ";" + tenantID, "AADGROUP=a=b;contoso.com", "msauser=x@y.z",
		"aadapp=x;t'),('aaduser=e@evil.com", "aadgroup=\u212a@k.com", "=;", "aaduser=a;b;c.d",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := ParseFQN(text)
		if err != nil {
			return
		}
		again, err := ParseFQN(parsed.String())
		if err != nil || again != parsed || !again.Equal(parsed) {
			t.Errorf("%q reads as %#v, prints as %q, and reads back as %#v, %v", text, parsed, parsed, again, err)
		}
		if strings.Contains(parsed.ID, ";") || strings.ContainsAny(parsed.Tenant, "'\"(),; ") {
			t.Errorf("%q reads as %#v", text, parsed)
		}
	})
}

// A short name is a part of many words: a refusal is about a principal only if it names it.
func TestIsAbout_takesTheNameAsAWhole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fqn, text string
		want      bool
	}{
		{"aadgroup=IT;contoso.com", "You may not write to it", false},
		{"aadgroup=IT;contoso.com", "Principal 'it' may not be granted the role", true},
		{"aadgroup=IT;contoso.com", `"AADGROUP=it;contoso.com" lacks a role`, true},
		{"aaduser=alice@contoso.com", "(alice@contoso.com) lacks a role", true},
		{"aaduser=alice@contoso.com", "malice@contoso.com lacks a role", false},
		{"aadapp=" + objectID + ";contoso.com", "Application " + strings.ToLower(objectID) + ", lacks a role", true},
	} {
		if got := must(c.fqn).isAbout(c.text); got != c.want {
			t.Errorf("%q is about %s: %t, want %t", c.text, c.fqn, got, c.want)
		}
	}
}
