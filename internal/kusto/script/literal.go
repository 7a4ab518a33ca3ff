// SPDX-License-Identifier: MPL-2.0

package script

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// literal is a string literal at the beginning of a text.
type literal struct {
	length  int // in the text
	value   string
	problem string // why it cannot be read; empty if it can
}

const (
	problemUnclosed      = "the string does not end in its line"
	problemUnclosedFence = "the multi-line string does not end"
	problemEscape        = `the string has a backslash that begins no known escape: write \\, or put @ before the string`
)

var fences = []string{"```", "~~~"}

// readLiteral reads a literal in any form: '…', "…", @'…', ```…```, and with an h
// before it. It returns false if the text does not begin with one.
func readLiteral(text string) (literal, bool) {
	prefix := 0
	if strings.HasPrefix(text, "h") || strings.HasPrefix(text, "H") {
		prefix = 1
	}
	l, ok := readPlain(text[prefix:])
	l.length += prefix
	return l, ok
}

func readPlain(text string) (literal, bool) {
	for _, fence := range fences {
		if body, ok := strings.CutPrefix(text, fence); ok {
			value, _, closed := strings.Cut(body, fence)
			if !closed {
				return literal{length: len(text), problem: problemUnclosedFence}, true
			}
			return literal{length: len(value) + 2*len(fence), value: value}, true
		}
	}
	verbatim := strings.TrimPrefix(text, "@")
	switch {
	case verbatim == "" || verbatim[0] != '\'' && verbatim[0] != '"':
		return literal{}, false
	case verbatim != text:
		l := readVerbatim(verbatim)
		l.length++
		return l, true
	}
	return readQuoted(text), true
}

// readVerbatim reads a literal whose backslashes are themselves, and whose doubled
// quotes are one.
func readVerbatim(text string) literal {
	quote := text[:1]
	var value strings.Builder
	for pos := 1; pos < len(text); pos++ {
		switch c := text[pos]; {
		case c == '\r' || c == '\n':
			return literal{length: 1, problem: problemUnclosed}
		case c == quote[0] && !strings.HasPrefix(text[pos+1:], quote):
			return literal{length: pos + 1, value: value.String()}
		case c == quote[0]:
			pos++
			value.WriteByte(c)
		default:
			value.WriteByte(c)
		}
	}
	return literal{length: 1, problem: problemUnclosed}
}

// readQuoted reads a literal with backslash escapes. Kusto's strings are UTF-16: two
// \u escapes can be one character.
func readQuoted(text string) literal {
	var units []uint16
	problem := ""
	for pos := 1; pos < len(text); {
		r, size := utf8.DecodeRuneInString(text[pos:])
		switch {
		case r == '\r' || r == '\n':
			return literal{length: 1, problem: problemUnclosed}
		case text[pos] == text[0]:
			return literal{length: pos + 1, value: string(utf16.Decode(units)), problem: problem}
		case r == '\\':
			r, size = readEscape(text[pos+1:])
			if size == 0 {
				problem = problemEscape
			}
			size++
		}
		if utf16.IsSurrogate(r) {
			units = append(units, uint16(r)) //nolint:gosec // a surrogate has 16 bits
		} else {
			units = utf16.AppendRune(units, r)
		}
		pos += size
	}
	return literal{length: 1, problem: problemUnclosed}
}

var (
	letterEscapes = map[byte]rune{'\\': '\\', '\'': '\'', '"': '"', 'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}
	hexEscapes    = map[byte]int{'x': 2, 'u': 4, 'U': 8} // their digits
)

// readEscape reads what follows a backslash, and returns its length. 0 if it is unknown.
func readEscape(text string) (rune, int) {
	if text == "" {
		return 0, 0
	}
	if r, ok := letterEscapes[text[0]]; ok {
		return r, 1
	}
	if digits := hexEscapes[text[0]]; digits > 0 && len(text) > digits {
		code, err := strconv.ParseUint(text[1:1+digits], 16, 32)
		if err != nil || code > utf8.MaxRune {
			return 0, 0
		}
		return rune(code), 1 + digits
	}
	length, limit := 0, 2
	if text[0] <= '3' {
		limit = 3
	}
	for length < min(limit, len(text)) && text[length] >= '0' && text[length] <= '7' {
		length++
	}
	code, _ := strconv.ParseUint(text[:length], 8, 16)
	return rune(code), length
}
