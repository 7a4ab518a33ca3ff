package auth

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// A method is one way to sign in. A new one is one entry in methods.
type method struct {
	name string
	// gate is the use_… attribute that switches the method on and off, if any.
	gate string
	// triggers are the attributes that ask for the method by being set. Where
	// there is a gate, one from the environment counts only if the gate is open:
	// platforms leave such variables around for anyone.
	triggers []string
	// needs are the attributes that it cannot do without, besides a trigger.
	needs []string
	// build makes the credential; it sends nothing.
	build func(*builder) (azcore.TokenCredential, error)
}

const useOIDC = "use_oidc"

// MethodAzureCLI and its siblings are the names that [Credential.Method] returns.
const (
	MethodAccessToken       = "access token"
	MethodCertificate       = "client certificate"
	MethodSecret            = "client secret"
	MethodOIDCToken         = "OIDC token"
	MethodOIDCTokenFile     = "OIDC token file"
	MethodAzurePipelines    = "Azure Pipelines (OIDC)"
	MethodGitHub            = "GitHub Actions (OIDC)"
	MethodAKS               = "AKS workload identity"
	MethodManagedIdentity   = "managed identity"
	MethodAzureDeveloperCLI = "Azure Developer CLI"
	MethodAzureCLI          = "Azure CLI"
)

var application = []string{"tenant_id", "client_id"}

// methods in their documented order.
var methods = []method{
	{name: MethodAccessToken, triggers: []string{"access_token"}, build: (*builder).accessToken},
	{
		name: MethodCertificate, triggers: []string{"client_certificate", "client_certificate_path"},
		needs: application, build: (*builder).certificate,
	},
	{name: MethodSecret, triggers: []string{"client_secret"}, needs: application, build: (*builder).secret},
	{
		name: MethodOIDCToken, gate: useOIDC, triggers: []string{"oidc_token"},
		needs: application, build: (*builder).oidcToken,
	},
	{
		name: MethodOIDCTokenFile, gate: useOIDC, triggers: []string{"oidc_token_file_path"},
		needs: application, build: (*builder).oidcTokenFile,
	},
	{
		name: MethodAzurePipelines, gate: useOIDC, triggers: []string{"ado_pipeline_service_connection_id"},
		needs: append([]string{"oidc_request_token"}, application...), build: (*builder).azurePipelines,
	},
	{
		name: MethodGitHub, gate: useOIDC, triggers: []string{"oidc_request_url"},
		needs: append([]string{"oidc_request_token"}, application...), build: (*builder).gitHub,
	},
	{
		name: MethodAKS, gate: "use_aks_workload_identity",
		needs: append([]string{"oidc_token_file_path"}, application...), build: (*builder).aks,
	},
	{name: MethodManagedIdentity, gate: "use_msi", build: (*builder).managedIdentity},
	{name: MethodAzureDeveloperCLI, gate: "use_azd", build: (*builder).azureDeveloperCLI},
	{name: MethodAzureCLI, gate: "use_cli", build: (*builder).azureCLI},
}

// Skipped is a method that was not chosen, and why.
type Skipped struct{ Method, Why string }

// group is what two methods must differ in to contradict each other: the ways to
// get an OIDC token are one method until the configuration names two of them.
func (m method) group() string {
	if m.gate == useOIDC {
		return useOIDC
	}
	return m.name
}

// trigger returns the trigger set most firmly, and how firmly.
func (m method) trigger(c *Config) (attribute string, r rank) {
	for _, t := range m.triggers {
		if c.rank(t) > r {
			attribute, r = t, c.rank(t)
		}
	}
	return attribute, r
}

// asked returns how firmly c asks for the method, by which attribute, and, where
// it does not ask, why not.
func (m method) asked(c *Config) (r rank, by, whyNot string) {
	trigger, triggered := m.trigger(c)
	if m.gate == "" {
		return triggered, trigger, orList(m.triggers) + " is not set"
	}
	gate, set := settingByName[m.gate].text(c), c.rank(m.gate)
	switch {
	case gate == "false":
		return rankOff, "", c.source(m.gate) + " is false"
	case len(m.triggers) > 0 && triggered == rankOff:
		return rankOff, "", orList(m.triggers) + " is not set"
	case gate == "true" && triggered > rankOff:
		return max(set, triggered), trigger, ""
	case gate == "true":
		return set, m.gate, ""
	case m.name == MethodOIDCTokenFile && settingByName["use_aks_workload_identity"].text(c) == "true":
		return rankOff, "", "the token file is for " + MethodAKS
	case triggered == rankExplicit:
		return rankExplicit, trigger, ""
	case m.name == MethodAzureCLI:
		return rankDefault, m.gate, ""
	}
	return rankOff, "", m.gate + " is not set"
}

// missing lists what the method still needs.
func (m method) missing(c *Config) []string {
	return slices.DeleteFunc(slices.Clone(m.needs), func(a string) bool { return c.rank(a) != rankOff })
}

// candidate is a method that c asks for.
type candidate struct {
	method
	rank rank
	by   string // the attribute that asks for it
}

// choose picks the method, and says why it passed over the others.
func choose(c *Config) (method, []Skipped, error) {
	wanted, passed := askedFor(c)
	if err := checkContradiction(c, wanted); err != nil {
		return method{}, nil, err
	}
	if err := checkOIDC(c, wanted); err != nil {
		return method{}, nil, err
	}
	// Within one rank the documented order stands, as the sort is stable; but of
	// two sources of an OIDC token the one in the configuration comes first.
	slices.SortStableFunc(wanted, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(c.rank(b.by), c.rank(a.by)))
	})
	if len(wanted) == 0 {
		return method{}, nil, nothingConfigured()
	}
	for i, w := range wanted {
		if missing := w.missing(c); len(missing) > 0 {
			passed = append(passed, Skipped{w.name, andList(missing) + " is not set"})
			continue
		}
		// Something asked for by name lacks something: doing another thing that
		// nobody asked for, as somebody else, would only hide that.
		if i > 0 && (w.rank == rankDefault || wanted[0].rank == rankExplicit && w.group() != wanted[0].group()) {
			break
		}
		for _, rest := range wanted[i+1:] {
			passed = append(passed, Skipped{rest.name, w.name + " comes first"})
		}
		return w.method, passed, checkStrayClientID(c, w)
	}
	return method{}, nil, halfConfigured(c, wanted[0])
}

func askedFor(c *Config) (wanted []candidate, passed []Skipped) {
	for _, m := range methods {
		r, by, whyNot := m.asked(c)
		if r == rankOff {
			passed = append(passed, Skipped{m.name, whyNot})
			continue
		}
		wanted = append(wanted, candidate{m, r, by})
	}
	return wanted, passed
}

// checkContradiction refuses two methods that are both written in the configuration.
func checkContradiction(c *Config, wanted []candidate) error {
	var first *candidate
	for _, w := range wanted {
		switch {
		case w.rank != rankExplicit:
		case first == nil:
			first = &w
		case first.contradicts(c, w):
			return &ConfigError{
				Attributes: []string{first.by, w.by},
				Summary:    "Two ways to sign in are configured",
				Detail: fmt.Sprintf("%s asks for %s, and %s asks for %s. Keep one of them.",
					first.by, first.name, w.by, w.name),
			}
		}
	}
	return nil
}

// contradicts compares two methods that are asked for in the configuration.
func (f candidate) contradicts(c *Config, other candidate) bool {
	if f.group() != other.group() {
		return true
	}
	// Azure Pipelines' service connection is used at a request URL.
	if other.name == MethodGitHub && c.rank("ado_pipeline_service_connection_id") != rankOff {
		return false
	}
	return c.explicit(f.by) && c.explicit(other.by)
}

// checkOIDC refuses use_oidc = true with no token to be had from anywhere.
func checkOIDC(c *Config, wanted []candidate) error {
	if c.UseOIDC == nil || !*c.UseOIDC {
		return nil
	}
	others := false
	for _, w := range wanted {
		if w.group() == useOIDC {
			return nil
		}
		others = others || w.rank > rankDefault
	}
	if others && !c.explicit(useOIDC) {
		return nil
	}
	return &ConfigError{
		Attributes: []string{useOIDC},
		Summary:    "Incomplete sign-in configuration",
		Detail: c.source(useOIDC) + " is true, but there is no token of another identity provider. Set one of " +
			strings.Join([]string{
				howToSet("oidc_token"), howToSet("oidc_token_file_path"), howToSet("oidc_request_url"),
				howToSet("ado_pipeline_service_connection_id"),
			}, "; ") + ". In GitHub Actions the job needs the permission id-token: write.",
	}
}

// checkStrayClientID refuses an application that was named in the configuration
// when nothing says how to sign in as it, and the Azure CLI would be somebody else.
func checkStrayClientID(c *Config, w candidate) error {
	if w.rank != rankDefault || !c.explicit("client_id") {
		return nil
	}
	return &ConfigError{
		Attributes: []string{"client_id"},
		Summary:    "Incomplete sign-in configuration",
		Detail: "client_id names an application, but nothing says how to sign in as it. Set " + howToSet("client_secret") +
			"; or " + howToSet("client_certificate_path") + "; or use_oidc, use_msi or use_aks_workload_identity. " +
			"To sign in with the Azure CLI, set use_cli = true or leave client_id out.",
	}
}

func halfConfigured(c *Config, w candidate) error {
	missing := w.missing(c)
	how := make([]string, len(missing))
	for i, m := range missing {
		how[i] = howToSet(m)
	}
	return &ConfigError{
		Attributes: missing,
		Summary:    "Incomplete sign-in configuration",
		Detail: fmt.Sprintf("%s is set, so signing in with %s was asked for; that also needs %s.",
			c.source(w.by), w.name, andList(how)),
	}
}

func nothingConfigured() error {
	return &ConfigError{
		Attributes: []string{"use_cli"},
		Summary:    "No way to sign in is configured",
		Detail: "use_cli is false, which forbids signing in with the Azure CLI, and nothing else is configured. " +
			"Set one of access_token; client_certificate or client_certificate_path; client_secret; use_oidc; " +
			"use_aks_workload_identity; use_msi; use_azd; or let use_cli be true.",
	}
}
