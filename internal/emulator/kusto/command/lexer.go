// SPDX-License-Identifier: MPL-2.0

package command

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// tokenKind is the type of a token.
type tokenKind int

const (
	tokenEnd      tokenKind = iota
	tokenVerb               // .show, .add, …
	tokenWord               // a bare identifier or keyword, with the dashed keywords of the command grammar
	tokenLiteral            // a number or timespan such as 1day, which is never a name
	tokenString             // '…', "…", @'…', h'…', value without quotes and escapes
	tokenBrackets           // ['…'] or ["…"], value without brackets, quotes and escapes
	tokenPunct              // ( ) , ; =
)

// token is a token of a command. pos is the offset of its first byte in the text.
type token struct {
	kind  tokenKind
	text  string // as written
	value string // the value of a string or name
	pos   int
}

// dashedKeywords are the words with dashes. Any other word ends at a dash.
var dashedKeywords = []string{MaterializedView, MaterializedViews, "skip-results"}

// lexer splits a command into tokens, by the rules of Microsoft's KQL grammar.
type lexer struct {
	text string
	pos  int
}

// lex returns the tokens of text. The last one is a tokenEnd.
func lex(text string) ([]token, error) {
	l := &lexer{text: text}
	tokens := make([]token, 0, 16)
	for {
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		if t.kind == tokenEnd {
			return tokens, nil
		}
	}
}

func (l *lexer) next() (token, error) {
	l.skipBlank()
	start := l.pos
	if start >= len(l.text) {
		return token{kind: tokenEnd, pos: start}, nil
	}
	switch c := l.text[start]; {
	case c == '.':
		return l.verb()
	case isLetter(c):
		return l.wordOrPrefixedString()
	case isDigit(c):
		for l.pos < len(l.text) && isWordByte(l.text[l.pos]) {
			l.pos++
		}
		return l.token(tokenLiteral, start), nil
	case c == '\'' || c == '"' || c == '@' || c == '`' || c == '~':
		return l.stringToken(start)
	case c == '[':
		return l.brackets()
	case strings.IndexByte("(),;=", c) >= 0:
		l.pos++
		return l.token(tokenPunct, start), nil
	}
	return token{}, l.errorAt(start, "unexpected character")
}

// skipBlank skips white space and // comments.
func (l *lexer) skipBlank() {
	for l.pos < len(l.text) {
		rest := l.text[l.pos:]
		if strings.HasPrefix(rest, "//") {
			l.pos += len(rest)
			if end := strings.IndexAny(rest, "\r\n"); end >= 0 {
				l.pos += end - len(rest)
			}
			continue
		}
		if strings.IndexByte(" \t\r\n", rest[0]) < 0 {
			return
		}
		l.pos++
	}
}

func (l *lexer) token(kind tokenKind, start int) token {
	text := l.text[start:l.pos]
	return token{kind: kind, text: text, value: text, pos: start}
}

func (l *lexer) verb() (token, error) {
	start := l.pos
	l.pos++
	for l.pos < len(l.text) && isLetter(l.text[l.pos]) {
		l.pos++
	}
	return l.token(tokenVerb, start), nil
}

func (l *lexer) wordOrPrefixedString() (token, error) {
	start := l.pos
	if c := l.text[start]; c == 'h' || c == 'H' {
		if rest := l.text[start+1:]; rest != "" && strings.IndexByte("'\"@`~", rest[0]) >= 0 {
			l.pos++
			return l.stringToken(start)
		}
	}
	for _, keyword := range dashedKeywords {
		rest, found := strings.CutPrefix(l.text[start:], keyword)
		if found && (rest == "" || !isWordByte(rest[0]) && rest[0] != '-') {
			l.pos += len(keyword)
			return l.token(tokenWord, start), nil
		}
	}
	for l.pos < len(l.text) && isWordByte(l.text[l.pos]) {
		l.pos++
	}
	return l.token(tokenWord, start), nil
}

func (l *lexer) brackets() (token, error) {
	start := l.pos
	l.pos++
	l.skipBlank()
	if l.pos >= len(l.text) || l.text[l.pos] != '\'' && l.text[l.pos] != '"' {
		return token{}, l.errorAt(l.pos, "a bracketed name must be quoted")
	}
	value, err := l.stringValue()
	if err != nil {
		return token{}, err
	}
	l.skipBlank()
	if l.pos >= len(l.text) || l.text[l.pos] != ']' {
		return token{}, l.errorAt(l.pos, "missing ]")
	}
	l.pos++
	return token{kind: tokenBrackets, text: l.text[start:l.pos], value: value, pos: start}, nil
}

func (l *lexer) stringToken(start int) (token, error) {
	value, err := l.stringValue()
	if err != nil {
		return token{}, err
	}
	return token{kind: tokenString, text: l.text[start:l.pos], value: value, pos: start}, nil
}

// stringValue reads the string literal at the current position, in any form.
func (l *lexer) stringValue() (string, error) {
	for _, fence := range []string{"```", "~~~"} {
		if strings.HasPrefix(l.text[l.pos:], fence) {
			return l.fenced(fence)
		}
	}
	switch l.text[l.pos] {
	case '@':
		l.pos++
		if l.pos < len(l.text) && (l.text[l.pos] == '\'' || l.text[l.pos] == '"') {
			return l.verbatim()
		}
		return "", l.errorAt(l.pos, "a quote must follow @")
	case '\'', '"':
		return l.quoted()
	}
	return "", l.errorAt(l.pos, "unexpected character")
}

// fenced reads a multi-line string, which has no escapes.
func (l *lexer) fenced(fence string) (string, error) {
	start := l.pos
	body := l.text[l.pos+len(fence):]
	end := strings.Index(body, fence)
	if end < 0 {
		return "", l.errorAt(start, "unterminated string")
	}
	l.pos += len(fence)*2 + end
	return body[:end], nil
}

// verbatim reads '…' after @. A backslash is itself, a doubled quote is one quote.
func (l *lexer) verbatim() (string, error) {
	start, quote := l.pos, l.text[l.pos]
	l.pos++
	var value strings.Builder
	for l.pos < len(l.text) {
		r, size := utf8.DecodeRuneInString(l.text[l.pos:])
		if isLineBreak(r) {
			break
		}
		if l.text[l.pos] == quote {
			if !strings.HasPrefix(l.text[l.pos+1:], string(rune(quote))) {
				l.pos++
				return value.String(), nil
			}
			l.pos++
		}
		value.WriteString(l.text[l.pos : l.pos+size])
		l.pos += size
	}
	return "", l.errorAt(start, "unterminated string")
}

// quoted reads '…' or "…" with backslash escapes and without raw line breaks. A
// doubled quote is not an escape: its first half ends the string.
func (l *lexer) quoted() (string, error) {
	start, quote := l.pos, l.text[l.pos]
	l.pos++
	var value text16
	for l.pos < len(l.text) {
		c := l.text[l.pos]
		if c == quote {
			l.pos++
			return value.String(), nil
		}
		if c == '\\' {
			if err := l.escape(&value); err != nil {
				return "", err
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(l.text[l.pos:])
		if isLineBreak(r) {
			break
		}
		value.literal(l.text[l.pos : l.pos+size])
		l.pos += size
	}
	return "", l.errorAt(start, "unterminated string")
}

// oneLetterEscapes are the escapes of one letter in Microsoft's KQL grammar.
var oneLetterEscapes = map[byte]rune{
	'\\': '\\', '\'': '\'', '"': '"', 'a': '\a', 'b': '\b', 'f': '\f',
	'n': '\n', 'r': '\r', 't': '\t', 'v': '\v',
}

// hexEscapes maps the letter of a hexadecimal escape to its number of digits.
var hexEscapes = map[byte]int{'x': 2, 'u': 4, 'U': 8}

func (l *lexer) escape(value *text16) error {
	start := l.pos
	if start+1 >= len(l.text) {
		return l.errorAt(start, "unterminated string")
	}
	c := l.text[start+1]
	if r, ok := oneLetterEscapes[c]; ok {
		value.character(r)
		l.pos += 2
		return nil
	}
	if c >= '0' && c <= '7' {
		return l.octal(value)
	}
	digits, ok := hexEscapes[c]
	if !ok || start+2+digits > len(l.text) {
		return l.errorAt(start, "unknown escape")
	}
	code, err := strconv.ParseUint(l.text[start+2:start+2+digits], 16, 32)
	if err != nil || code > utf8.MaxRune {
		return l.errorAt(start, "unknown escape")
	}
	l.pos += 2 + digits
	value.character(rune(code))
	return nil
}

// octal reads one to three octal digits. Three are read only up to \377.
func (l *lexer) octal(value *text16) error {
	limit := 2
	if l.text[l.pos+1] <= '3' {
		limit = 3
	}
	var code rune
	l.pos++
	for n := 0; n < limit && l.pos < len(l.text) && l.text[l.pos] >= '0' && l.text[l.pos] <= '7'; n++ {
		code = code*8 + rune(l.text[l.pos]-'0')
		l.pos++
	}
	value.character(code)
	return nil
}

// text16 builds a string in UTF-16, like the service: two \u escapes may be a
// surrogate pair, and a lone surrogate becomes U+FFFD.
type text16 struct {
	out  strings.Builder
	high rune // a high surrogate whose low one has not come yet; 0 for none
}

func (t *text16) character(r rune) {
	if t.high != 0 {
		pair := utf16.DecodeRune(t.high, r)
		t.high = 0
		if pair != utf8.RuneError {
			t.out.WriteRune(pair)
			return
		}
		t.out.WriteRune(utf8.RuneError)
	}
	if r >= 0xD800 && r < 0xDC00 {
		t.high = r
		return
	}
	t.out.WriteRune(r)
}

func (t *text16) literal(s string) {
	t.flush()
	t.out.WriteString(s)
}

func (t *text16) flush() {
	if t.high != 0 {
		t.out.WriteRune(utf8.RuneError)
		t.high = 0
	}
}

func (t *text16) String() string {
	t.flush()
	return t.out.String()
}

func isLetter(c byte) bool   { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }
func isDigit(c byte) bool    { return c >= '0' && c <= '9' }
func isWordByte(c byte) bool { return isLetter(c) || isDigit(c) }

// isLineBreak reports whether Microsoft's grammar counts a character as the end of a line.
func isLineBreak(r rune) bool {
	return r == '\r' || r == '\n' || r == '\u2028' || r == '\u2029'
}

func (l *lexer) errorAt(pos int, why string) *SyntaxError {
	return syntaxErrorAt(l.text, pos, why)
}

// SyntaxError is the reason and the position of a parse failure. Line and Column
// count from 1, in characters.
type SyntaxError struct {
	Near         string
	Why          string
	Line, Column int
}

// Error has the words of the service.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("Syntax error: Query could not be parsed at '%s' on line [%d,%d] (%s)", e.Near, e.Line, e.Column, e.Why)
}

// UnknownWord is the error of an engine that does not know a word of a command.
func UnknownWord(text, word string) *SyntaxError {
	return syntaxErrorAt(text, max(0, strings.Index(text, word)), "unknown keyword")
}

func syntaxErrorAt(text string, pos int, why string) *SyntaxError {
	before := text[:pos]
	near := text[pos:]
	if len(near) > 24 {
		near = strings.ToValidUTF8(near[:24], "")
	}
	lineStart := strings.LastIndexByte(before, '\n') + 1
	return &SyntaxError{
		Near: near, Why: why,
		Line:   strings.Count(before, "\n") + 1,
		Column: utf8.RuneCountInString(before[lineStart:]) + 1,
	}
}
