package auth

// Assign sets the argument in c from a value that was written in the
// configuration: a string, a bool or a []string, as Kind says. A value of
// another type is a programming error and panics.
func (s Setting) Assign(c *Config, value any) {
	switch field := s.field(c).(type) {
	case *string:
		*field = value.(string) //nolint:forcetypeassert // see above
	case **bool:
		b := value.(bool) //nolint:forcetypeassert // see above
		*field = &b
	case *[]string:
		*field = value.([]string) //nolint:forcetypeassert // see above
	}
}
