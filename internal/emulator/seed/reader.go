// SPDX-License-Identifier: MPL-2.0

package seed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxValues is how many values a seed may have. Aliases can make a small file very large.
const maxValues = 1_000_000

// reader reads values and keeps the first mistake.
type reader struct {
	file   string
	values int
	err    error
}

// fail keeps a mistake, if it is the first one.
func (r *reader) fail(line int, where, format string, args ...any) {
	if r.err != nil {
		return
	}
	if where != "" {
		where += ": "
	}
	r.err = fmt.Errorf("%s:%d: %s%s", r.file, max(line, 1), where, fmt.Sprintf(format, args...))
}

var (
	// libraryLine is the line in an error of the library.
	libraryLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?`)
	// libraryAnchor is the only error of the library without a line that authors see.
	libraryAnchor = regexp.MustCompile(`unknown anchor '(.+)' referenced`)
)

// parse returns the file's only document, nil after a mistake.
func (r *reader) parse(content []byte) *yaml.Node {
	line := 0
	for each := range bytes.Lines(content) {
		line++
		if !utf8.Valid(each) || bytes.ContainsFunc(each, isForbidden) {
			r.fail(line, "", "the file is not text in UTF-8")
			return nil
		}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var first, second yaml.Node
	err := decoder.Decode(&first)
	if errors.Is(err, io.EOF) {
		r.fail(1, "", "the file is empty")
		return nil
	}
	if err == nil {
		if err = decoder.Decode(&second); errors.Is(err, io.EOF) {
			return first.Content[0]
		}
	}
	if err == nil {
		r.fail(second.Line, "", "the file has a second document")
		return nil
	}
	r.failInLibrary(content, err)
	return nil
}

// isForbidden reports whether a character cannot stand in a file in YAML.
func isForbidden(c rune) bool {
	return unicode.IsControl(c) && !strings.ContainsRune("\t\n\r\u0085", c)
}

// failInLibrary keeps an error of the library.
func (r *reader) failInLibrary(content []byte, err error) {
	found := libraryLine.FindStringSubmatch(err.Error())
	line, _ := strconv.Atoi(found[1]) // fail makes 1 of an error without a line
	if anchor := libraryAnchor.FindStringSubmatch(err.Error()); anchor != nil {
		before, _, _ := bytes.Cut(content, []byte("*"+anchor[1]))
		line = 1 + bytes.Count(before, []byte("\n"))
	}
	r.fail(line, "", "%s", strings.TrimPrefix(err.Error(), found[0]))
}

// field reads the value of one key. where says in what the key is.
type field func(where, key string, n *yaml.Node)

// fields are the keys of a mapping.
type fields map[string]field

// mapping reads a mapping with these keys, some of which are required. An empty value
// counts as left out.
func (r *reader) mapping(where string, n *yaml.Node, keys fields, required ...string) {
	if n.Kind != yaml.MappingNode {
		r.fail(n.Line, where, "want %s, found %s", strings.Join(slices.Sorted(maps.Keys(keys)), ", "), kindOf(n))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], r.value(n.Content[i+1])
		read := keys[key.Value]
		switch first, again := seen[key.Value]; {
		case read == nil:
			r.fail(key.Line, where, "unknown key %q; there are %s", key.Value, strings.Join(slices.Sorted(maps.Keys(keys)), ", "))
		case again:
			r.fail(key.Line, where, "the key %s is there twice, first in line %d", key.Value, first)
		case value.Kind != yaml.ScalarNode || value.Tag != "!!null" && value.Value != "":
			seen[key.Value] = key.Line
			read(where, key.Value, value)
		}
	}
	for _, key := range required {
		if seen[key] == 0 {
			r.fail(n.Line, where, "the key %s is missing", key)
		}
	}
}

// value follows an alias and counts values.
func (r *reader) value(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if r.values++; r.values > maxValues {
		r.fail(n.Line, "", "the file has more than %d values", maxValues)
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: n.Line}
	}
	return n
}

// list reads each item of a list.
func (r *reader) list(item func(where string, n *yaml.Node)) field {
	return func(_, key string, n *yaml.Node) {
		if n.Kind != yaml.SequenceNode {
			r.fail(n.Line, key, "want a list, found %s", kindOf(n))
			return
		}
		for _, each := range n.Content {
			if r.err != nil {
				return
			}
			item(key, r.value(each))
		}
	}
}

// text reads a text.
func (r *reader) text(to *text) field {
	return func(where, key string, n *yaml.Node) {
		if where != "" {
			key = where + ": " + key
		}
		*to = r.item(key, n)
	}
}

// item reads a text that is an item of a list or the value of a key.
func (r *reader) item(where string, n *yaml.Node) text {
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!str" && n.Value != "":
	case n.Kind == yaml.ScalarNode && n.Tag != "!!null" && n.Value != "":
		r.fail(n.Line, where, "want a text, found %s; put quotes around it", n.Value)
	default:
		r.fail(n.Line, where, "want a text, found %s", kindOf(n))
	}
	return text{n.Value, n.Line}
}

// flag reads true or false.
func (r *reader) flag(to *bool) field {
	return func(where, key string, n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" || n.Decode(to) != nil {
			r.fail(n.Line, where+": "+key, "want true or false, found %s", kindOf(n))
		}
	}
}

// references reads a list of principals.
func (r *reader) references(to *[]reference) field {
	return r.list(func(where string, n *yaml.Node) { *to = append(*to, reference{text: r.item(where, n)}) })
}

// kindOf names what a value is.
func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null" || n.Value == "":
		return "nothing"
	}
	return strconv.Quote(n.Value)
}
