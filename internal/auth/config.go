// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"strings"
)

// Config is the sign-in configuration, with one field for each provider argument.
// The zero value of a field means "not set". [Settings] describes the arguments.
type Config struct {
	TenantID             string
	AuxiliaryTenantIDs   []string
	ClientID             string
	ClientIDFilePath     string
	ClientSecret         string
	ClientSecretFilePath string

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

	Environment   string // a name that cloud.Parse knows
	AuthorityHost string // https URL of a host; takes precedence over Environment for sign-in
	AccessToken   string

	TrustedHosts []string // hosts that tokens may be sent to besides Microsoft's

	// sources holds the origin of each value that is not simply set in the
	// configuration.
	sources map[string]source
}

// source is where the value of an argument comes from: the name of a variable, or
// of the argument that names a file.
type source struct {
	name   string
	origin origin
}

// origin is the place where an argument is set. A greater one takes precedence.
type origin int

const (
	unset origin = iota
	fromEnvironment
	fromConfiguration
)

// FromEnvironment returns a copy of c in which the arguments that are not set have
// the values of their environment variables. lookup is [os.LookupEnv]; an empty
// variable counts as not set. The error is a [*ConfigError] for a boolean that
// cannot be parsed.
func (c Config) FromEnvironment(lookup func(string) (string, bool)) (Config, error) {
	c.sources = maps.Clone(c.sources)
	for _, s := range settings {
		if s.text(&c) != "" {
			continue
		}
		for _, variable := range s.Environment {
			value, _ := lookup(variable)
			if strings.TrimSpace(value) == "" {
				continue
			}
			if err := s.assignText(&c, variable, value); err != nil {
				return c, err
			}
			break
		}
	}
	return c, nil
}

// Format keeps secrets out of every fmt verb, including %+v and %#v.
func (c Config) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("auth.Config{…}")) }

func (c *Config) setSource(argument string, s source) {
	if c.sources == nil {
		c.sources = map[string]source{}
	}
	c.sources[argument] = s
}

// origin returns where the argument is set.
func (c *Config) origin(argument string) origin {
	if c.value(argument) == "" {
		return unset
	}
	if s, ok := c.sources[argument]; ok {
		return s.origin
	}
	return fromConfiguration
}

// source names the argument or variable that the argument's value comes from.
func (c *Config) source(argument string) string {
	if s, ok := c.sources[argument]; ok {
		return s.name
	}
	return argument
}

// value is the argument's value as text; "" if it is not set.
func (c *Config) value(argument string) string { return settingByName[argument].text(c) }

// onlyOne returns the argument that counts among several that exclude each other:
// the one in the configuration, or else the first one from the environment; "" if
// none is set. Two of them in the configuration are an error that names both.
func (c *Config) onlyOne(arguments ...string) (string, error) {
	first, highest := "", unset
	for _, a := range arguments {
		switch from := c.origin(a); {
		case from > highest:
			first, highest = a, from
		case from == fromConfiguration:
			return "", &ConfigError{
				Attributes: []string{first, a},
				Summary:    "Conflicting authentication methods",
				Detail:     fmt.Sprintf("Both %s and %s are set. Keep one of them.", first, a),
			}
		}
	}
	return first, nil
}

// secrets lists the values of all secret arguments, for redaction.
func (c *Config) secrets() []string {
	var all []string
	for _, s := range settings {
		if value := s.text(c); s.Secret && value != "" {
			all = append(all, value)
		}
	}
	return all
}

// readFile sets the argument to the content of the file that pathArgument names. If
// both are set, the configuration takes precedence over the environment; two
// different values in one of them are an error.
func (c *Config) readFile(argument, pathArgument string) error {
	from := c.origin(pathArgument)
	if from == unset || from < c.origin(argument) {
		return nil
	}
	name := c.source(pathArgument)
	content, err := os.ReadFile(c.value(pathArgument))
	if err != nil {
		return configError("Invalid "+pathArgument, pathArgument, "The file that %s names could not be read: %v.", name, err)
	}
	value := strings.TrimSpace(string(decodeText(content)))
	if value == "" {
		return configError("Invalid "+pathArgument, pathArgument, "The file that %s names is empty.", name)
	}
	if from == c.origin(argument) && value != c.value(argument) {
		return configError("Invalid "+pathArgument, pathArgument, "The file that %s names and %s have different values. Keep one of them.",
			name, c.source(argument))
	}
	settingByName[argument].Assign(c, value)
	c.setSource(argument, source{name, from})
	return nil
}

var invalidInTenant = regexp.MustCompile(`[^A-Za-z0-9.-]`)

// checkTenant applies azidentity's rule for tenants here, where the argument at
// fault is known.
func (c *Config) checkTenant() error {
	if !invalidInTenant.MatchString(c.TenantID) {
		return nil
	}
	return configError("Invalid tenant_id", "tenant_id",
		"%s is %q. A tenant is an id (a GUID) or a domain name such as contoso.onmicrosoft.com.", c.source("tenant_id"), c.TenantID)
}
