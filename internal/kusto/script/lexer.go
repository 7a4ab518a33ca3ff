// SPDX-License-Identifier: MPL-2.0

package script

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind int

const (
	tokenEnd    tokenKind = iota
	tokenWord             // ASCII letters, digits, "_", "$" and "-": "materialized-view"
	tokenString           // in any form
	tokenSign             // "<|", or any other character
)

// token is a part of a script.
type token struct {
	kind  tokenKind
	start int    // in the script
	text  string // as written
	// value is a string's, and problem why it cannot be read. That matters only in a
	// command for principals.
	value, problem string
	// startsLine and afterEmptyLine say what is before it.
	startsLine, afterEmptyLine bool
	braces                     int // around it
}

func (t token) end() int            { return t.start + len(t.text) }
func (t token) is(sign string) bool { return t.kind == tokenSign && t.text == sign }

// isWord compares as people write keywords: without case.
func (t token) isWord(word string) bool {
	return t.kind == tokenWord && strings.EqualFold(t.text, word)
}

// lexer splits a script. It takes everything for a script: data for .ingest inline
// has no rules.
type lexer struct {
	text   string
	pos    int
	braces []int // the positions of those that are open
}

// lex returns the tokens of a script, a tokenEnd last. An error says that something is
// not closed, and could hide commands.
func lex(text string) ([]token, error) {
	l := &lexer{text: text}
	var tokens []token
	for {
		startsLine, afterEmptyLine := l.skipBlank()
		t := l.next()
		t.startsLine, t.afterEmptyLine = startsLine, afterEmptyLine
		if t.problem == problemUnclosedFence {
			return nil, fault(text, t.start, t.problem+" with "+strings.Trim(t.text, "hH")[:3])
		}
		tokens = append(tokens, t)
		if t.kind != tokenEnd {
			continue
		}
		if n := len(l.braces); n > 0 {
			return nil, fault(text, l.braces[n-1], `a "{" has no "}"`)
		}
		return tokens, nil
	}
}

// skipBlank skips white space, comments and directives, and reports whether a line
// begins after it and whether there was an empty line.
func (l *lexer) skipBlank() (startsLine, emptyLine bool) {
	startsLine = l.pos == 0
	breaks := 0 // in a row
	for l.pos < len(l.text) {
		rest := l.text[l.pos:]
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case isLineBreak(r):
			if strings.HasPrefix(rest, "\r\n") {
				size = 2
			}
			breaks++
			startsLine, emptyLine = true, emptyLine || breaks > 1
		case unicode.IsSpace(r) || r == '\ufeff':
		case strings.HasPrefix(rest, "//") || r == '#' && startsLine:
			breaks, size = 0, len(rest)
			if end := strings.IndexFunc(rest, isLineBreak); end >= 0 {
				size = end
			}
		default:
			return startsLine, emptyLine
		}
		l.pos += size
	}
	return startsLine, emptyLine
}

func (l *lexer) next() token {
	t := token{start: l.pos, braces: len(l.braces)}
	rest := l.text[l.pos:]
	if rest == "" {
		return t
	}
	_, length := utf8.DecodeRuneInString(rest)
	if s, ok := readLiteral(rest); ok {
		t.kind, t.value, t.problem, length = tokenString, s.value, s.problem, s.length
	} else if word := len(rest) - len(strings.TrimLeftFunc(rest, isWordRune)); word > 0 {
		t.kind, length = tokenWord, word
	} else {
		t.kind = tokenSign
		if strings.HasPrefix(rest, "<|") {
			length = 2
		}
		l.count(rest[0])
	}
	t.text = rest[:length]
	l.pos += length
	return t
}

// count counts braces. Commands in them are text of a function.
func (l *lexer) count(sign byte) {
	switch n := len(l.braces); {
	case sign == '{':
		l.braces = append(l.braces, l.pos)
	case sign == '}' && n > 0:
		l.braces = l.braces[:n-1]
	}
}

func isLineBreak(r rune) bool { return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' }

func isWordRune(r rune) bool {
	return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) || r == '_' || r == '$' || r == '-'
}

// maxQuoted is how much of a line an error quotes, in characters.
const maxQuoted = 60

// fault is an error with the line where it is.
func fault(text string, pos int, problem string) error {
	lines := strings.NewReplacer("\r\n", "\n", "\r", "\n")
	before := lines.Replace(text[:pos])
	line := before[strings.LastIndexByte(before, '\n')+1:] + text[pos:]
	return fmt.Errorf("line %d, %s: %s", strings.Count(before, "\n")+1, firstLine(line), problem)
}

// firstLine is the first line of a text, shortened.
func firstLine(text string) string {
	if end := strings.IndexAny(text, "\r\n"); end >= 0 {
		text = text[:end]
	}
	quoted := []rune(strings.TrimSpace(text))
	if len(quoted) > maxQuoted {
		quoted = append(quoted[:maxQuoted], '…')
	}
	return string(quoted)
}
