package auth

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// Config is the sign-in configuration, one field for each provider argument.
// Zero values mean "not set". What each one means is written in [Settings].
type Config struct {
	TenantID           string
	AuxiliaryTenantIDs []string
	ClientID           string
	ClientSecret       string

	ClientCertificate         string // base64 of PKCS#12 or PEM, or PEM itself
	ClientCertificatePath     string
	ClientCertificatePassword string

	UseOIDC                        *bool
	OIDCToken                      string
	OIDCTokenFilePath              string
	OIDCRequestURL                 string
	OIDCRequestToken               string
	ADOPipelineServiceConnectionID string

	UseAKSWorkloadIdentity *bool
	UseMSI                 *bool
	UseCLI                 *bool // nil means true
	UseAZD                 *bool

	SubscriptionID string // id or name; Azure CLI only

	Environment   string // public, usgovernment, china; "" is public
	AuthorityHost string // https://…; wins over Environment for the login host
	AccessToken   string

	// origins holds, for each attribute that came from the environment, the name
	// of its variable. An attribute that is set and not in here was written in
	// the configuration, which outranks the environment.
	origins map[string]string
}

// FromEnvironment returns a copy of c in which whatever was unset is filled from
// the environment, and which remembers what came from there. lookup is
// [os.LookupEnv]; an empty variable counts as unset. A boolean that cannot be
// read is a [*ConfigError] that names the variable.
func (c Config) FromEnvironment(lookup func(string) (string, bool)) (Config, error) {
	c.origins = maps.Clone(c.origins)
	if c.origins == nil {
		c.origins = map[string]string{}
	}
	for _, s := range settings {
		if s.isSet(&c) {
			continue
		}
		for _, name := range s.Environment {
			value, _ := lookup(name)
			if strings.TrimSpace(value) == "" {
				continue
			}
			if err := s.fill(&c, name, value); err != nil {
				return c, err
			}
			c.origins[s.Attribute] = name
			break
		}
	}
	return c, nil
}

// Format keeps secrets out of every fmt verb, %+v and %#v included.
func (c Config) Format(f fmt.State, _ rune) {
	var set []string
	for _, s := range settings {
		switch {
		case !s.isSet(&c):
		case s.Secret:
			set = append(set, s.Attribute+"=(secret)")
		default:
			set = append(set, s.Attribute+"="+s.text(&c))
		}
	}
	_, _ = fmt.Fprintf(f, "auth.Config{%s}", strings.Join(set, ", "))
}

// rank says how firmly something was asked for.
type rank int

const (
	rankOff         rank = iota // switched off, or not asked for
	rankDefault                 // what happens when nothing is said
	rankEnvironment             // asked for by an environment variable
	rankExplicit                // written in the configuration
)

// rank returns how the attribute was set; rankOff when it is not.
func (c *Config) rank(attribute string) rank {
	if !settingByName[attribute].isSet(c) {
		return rankOff
	}
	if c.origins[attribute] != "" {
		return rankEnvironment
	}
	return rankExplicit
}

// explicit reports whether the attribute was written in the configuration.
func (c *Config) explicit(attribute string) bool { return c.rank(attribute) == rankExplicit }

// source names the place an attribute's value came from, for people.
func (c *Config) source(attribute string) string {
	if name := c.origins[attribute]; name != "" {
		return name
	}
	return attribute
}

// secrets lists every secret value in c, so that they can be struck out of errors.
func (c *Config) secrets() []string {
	var all []string
	for _, s := range settings {
		if s.Secret && s.isSet(c) {
			all = append(all, s.text(c))
		}
	}
	return all
}

func parseBool(variable, value string) (*bool, error) {
	b, err := strconv.ParseBool(strings.ToLower(strings.TrimSpace(value)))
	if err != nil {
		return nil, fmt.Errorf("%s is %q, which is neither true nor false", variable, value)
	}
	return &b, nil
}

func splitList(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ';' || r == ' ' })
}
