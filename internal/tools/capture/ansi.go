// SPDX-License-Identifier: MPL-2.0

package main

import (
	"regexp"
	"strconv"
	"strings"
)

// style is the appearance of text in a terminal.
type style struct {
	colour    string // "red", "green", … "" for the default
	bold      bool
	underline bool
}

// span is a piece of one line in one style.
type span struct {
	style
	text string
}

// colours are those that Terraform and OpenTofu use, by their SGR code.
var colours = map[int]string{
	30: "grey", 31: "red", 32: "green", 33: "yellow", 34: "blue", 35: "magenta", 36: "cyan", 37: "",
	90: "grey", 91: "red", 92: "green", 93: "yellow", 94: "blue", 95: "magenta", 96: "cyan", 97: "",
}

var sgr = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// parse splits terminal output into lines of spans. The only escape sequences that
// the CLIs write to a pipe are those for styles.
func parse(text string) [][]span {
	var lines [][]span
	var now style
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		var spans []span
		last := 0
		for _, at := range sgr.FindAllStringSubmatchIndex(line, -1) {
			spans = appendText(spans, now, line[last:at[0]])
			now = now.after(line[at[2]:at[3]])
			last = at[1]
		}
		lines = append(lines, appendText(spans, now, line[last:]))
	}
	return lines
}

func appendText(spans []span, s style, text string) []span {
	if text == "" {
		return spans
	}
	if n := len(spans); n > 0 && spans[n-1].style == s {
		spans[n-1].text += text
		return spans
	}
	return append(spans, span{s, text})
}

// after is the style after a sequence such as "1;32".
func (s style) after(codes string) style {
	for text := range strings.SplitSeq(codes, ";") {
		code, _ := strconv.Atoi(text) // an empty code is 0
		colour, isColour := colours[code]
		switch {
		case code == 0:
			s = style{}
		case code == 1:
			s.bold = true
		case code == 4:
			s.underline = true
		case code == 22:
			s.bold = false
		case code == 24:
			s.underline = false
		case code == 39:
			s.colour = ""
		case isColour:
			s.colour = colour
		}
	}
	return s
}
