// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// Measures of the image, in pixels. textLength makes every character charWidth
// wide in any font.
const (
	charWidth  = 8
	lineHeight = 18
	fontSize   = 13
	margin     = 20
	titleBar   = 34
	narrowest  = 60 // characters
)

const head = `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="%[3]s">
<style>
text { font: %[4]dpx ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d5d9e0; white-space: pre; }
.bold { font-weight: 700; } .underline { text-decoration: underline; }
.red { fill: #f47067; } .green { fill: #6bc46d; } .yellow { fill: #daaa3f; } .blue { fill: #6cb6ff; }
.magenta { fill: #dcbdfb; } .cyan { fill: #56d4dd; } .grey { fill: #8b949e; } .title { fill: #8b949e; text-anchor: middle; }
</style>
<rect width="100%%" height="100%%" rx="8" fill="#1c2128"/>
<circle cx="20" cy="17" r="6" fill="#f47067"/><circle cx="40" cy="17" r="6" fill="#daaa3f"/><circle cx="60" cy="17" r="6" fill="#6bc46d"/>
`

// render draws terminal output as SVG. The same output gives the same bytes.
func render(title, output string) string {
	lines := parse(output)
	widest := narrowest
	for _, line := range lines {
		widest = max(widest, columns(line))
	}
	width, height := widest*charWidth+2*margin, titleBar+len(lines)*lineHeight+margin
	var b strings.Builder
	fmt.Fprintf(&b, head, width, height, html.EscapeString(title), fontSize)
	fmt.Fprintf(&b, "<text class=\"title\" x=\"%d\" y=\"22\">%s</text>\n", width/2, html.EscapeString(title))
	for i, line := range lines {
		drawLine(&b, line, titleBar+(i+1)*lineHeight)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func drawLine(b *strings.Builder, line []span, y int) {
	column := 0
	for _, s := range line {
		n := utf8.RuneCountInString(s.text)
		if strings.TrimSpace(s.text) != "" {
			fmt.Fprintf(b, "<text x=\"%d\" y=\"%d\" textLength=\"%d\" xml:space=\"preserve\"%s>%s</text>\n",
				margin+column*charWidth, y, n*charWidth, s.class(), html.EscapeString(s.text))
		}
		column += n
	}
}

func (s style) class() string {
	var names []string
	if s.colour != "" {
		names = append(names, s.colour)
	}
	if s.bold {
		names = append(names, "bold")
	}
	if s.underline {
		names = append(names, "underline")
	}
	if names == nil {
		return ""
	}
	return fmt.Sprintf(" class=%q", strings.Join(names, " "))
}

func columns(line []span) int {
	n := 0
	for _, s := range line {
		n += utf8.RuneCountInString(s.text)
	}
	return n
}
