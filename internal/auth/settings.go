// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// ValueType is the type of a setting's value.
type ValueType int

// The types of settings.
const (
	String ValueType = iota
	Bool
	List // list of strings; in a variable, separated by commas, semicolons or blanks
)

// Setting describes one provider argument for signing in. The schema, the
// documentation and the error messages derive from the table of settings, the only
// place that relates arguments to environment variables.
type Setting struct {
	// Attribute is the argument's name in HCL.
	Attribute string
	// Environment lists the variables that can set it. The first one set counts.
	Environment []string
	// Secret is true for a value that must never be shown.
	Secret bool
	// Type is the type of the value.
	Type ValueType
	// Description is Markdown: one or two sentences, without the variables.
	Description string

	field func(*Config) any // *string, **bool or *[]string
}

// Settings returns the sign-in settings in the order of the documentation.
func Settings() []Setting { return slices.Clone(settings) }

var settingByName = func() map[string]Setting {
	byName := make(map[string]Setting, len(settings))
	for _, s := range settings {
		byName[s.Attribute] = s
	}
	return byName
}()

// MarkdownDescription is Description followed by the environment variables.
func (s Setting) MarkdownDescription() string {
	var variables []string
	for _, v := range s.Environment {
		variables = append(variables, "`"+v+"`")
	}
	return s.Description + " Can also be set with " + orList(variables) + "."
}

// Assign sets the argument in c to a value from the configuration: a string, a bool
// or a []string, according to Type. It panics for a value of another type.
func (s Setting) Assign(c *Config, value any) {
	switch field := s.field(c).(type) {
	case *string:
		*field = value.(string) //nolint:forcetypeassert // documented to panic
	case **bool:
		b := value.(bool) //nolint:forcetypeassert // documented to panic
		*field = &b
	case *[]string:
		*field = value.([]string) //nolint:forcetypeassert // documented to panic
	}
}

// assignText sets the argument in c to the value of a variable.
func (s Setting) assignText(c *Config, variable, text string) error {
	var value any = text
	switch s.Type {
	case Bool:
		b, err := strconv.ParseBool(strings.ToLower(strings.TrimSpace(text)))
		if err != nil {
			return configError("Invalid environment variable "+variable, s.Attribute,
				"%s, which sets the argument %s, is %q. It must be true or false.", variable, s.Attribute, text)
		}
		value = b
	case List:
		value = strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) })
	case String:
	}
	s.Assign(c, value)
	c.setSource(s.Attribute, source{variable, fromEnvironment})
	return nil
}

// text is the value as text; "" if it is not set.
func (s Setting) text(c *Config) string {
	switch f := s.field(c).(type) {
	case *string:
		return *f
	case *[]string:
		return strings.Join(*f, ",")
	case **bool:
		if *f != nil {
			return fmt.Sprint(**f)
		}
	}
	return ""
}

// howToSet names arguments with their variables: "client_id (or KUSTO_CLIENT_ID, …)".
func howToSet(arguments ...string) string {
	var how []string
	for _, a := range arguments {
		how = append(how, a+" (or "+orList(settingByName[a].Environment)+")")
	}
	return strings.Join(how, "; ")
}

// orList joins names: "a", "a or b", "a, b or c".
func orList(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
