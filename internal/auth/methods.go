// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// method is one way to sign in.
type method struct {
	name string
	// enabledBy is the use_… argument, if there is one: true requests the method,
	// false rules it out.
	enabledBy string
	// arguments request the method by being set. Those of a method with enabledBy
	// count only in the configuration: platforms set such variables in every job.
	arguments []string
	// requires lists the other arguments that the method needs.
	requires []string
	// build makes the credential without sending anything.
	build func(*builder) (azcore.TokenCredential, error)
}

// The names of the methods, as [Credential.Method] returns them.
const (
	methodAccessToken       = "access token"
	methodCertificate       = "client certificate"
	methodSecret            = "client secret"
	methodOIDC              = "OpenID Connect"
	methodOIDCToken         = "OIDC token"
	methodOIDCTokenFile     = "OIDC token file"
	methodAzurePipelines    = "Azure Pipelines (OIDC)"
	methodGitHub            = "GitHub Actions (OIDC)"
	methodAKS               = "AKS workload identity"
	methodManagedIdentity   = "managed identity"
	methodAzureDeveloperCLI = "Azure Developer CLI"
	methodAzureCLI          = "Azure CLI"
)

var application = []string{"tenant_id", "client_id"}

// methods lists the methods in their documented order. The last one is the default.
var methods = []method{
	{name: methodAccessToken, arguments: []string{"access_token"}, build: (*builder).accessToken},
	{
		name: methodCertificate, arguments: []string{"client_certificate", "client_certificate_path"},
		requires: application, build: (*builder).certificate,
	},
	{name: methodSecret, arguments: []string{"client_secret"}, requires: application, build: (*builder).secret},
	{
		// One of oidcMethods takes its place.
		name: methodOIDC, enabledBy: "use_oidc",
		arguments: []string{"oidc_token", "oidc_token_file_path", "ado_pipeline_service_connection_id", "oidc_request_url"},
	},
	{
		name: methodAKS, enabledBy: "use_aks_workload_identity",
		requires: append([]string{"oidc_token_file_path"}, application...), build: (*builder).oidcTokenFile,
	},
	{name: methodManagedIdentity, enabledBy: "use_msi", build: (*builder).managedIdentity},
	{name: methodAzureDeveloperCLI, enabledBy: "use_azd", build: (*builder).azureDeveloperCLI},
	{name: methodAzureCLI, enabledBy: "use_cli", build: (*builder).azureCLI},
}

// oidcMethods are the ways to sign in with OpenID Connect, by the argument that
// says where the token comes from.
var oidcMethods = map[string]method{
	"oidc_token":           {name: methodOIDCToken, enabledBy: "use_oidc", requires: application, build: (*builder).oidcToken},
	"oidc_token_file_path": {name: methodOIDCTokenFile, enabledBy: "use_oidc", requires: application, build: (*builder).oidcTokenFile},
	"ado_pipeline_service_connection_id": {
		name: methodAzurePipelines, enabledBy: "use_oidc",
		requires: append([]string{"oidc_request_token"}, application...), build: (*builder).azurePipelines,
	},
	"oidc_request_url": {
		name: methodGitHub, enabledBy: "use_oidc",
		requires: append([]string{"oidc_request_token"}, application...), build: (*builder).gitHub,
	},
}

// request is a method together with the argument that requests it.
type request struct {
	method
	argument string
	origin   origin
}

// request finds the argument that requests the method. If there is none, the origin
// is unset and whyNot tells the reason.
func (m method) request(c *Config) (r request, whyNot string) {
	r = request{method: m}
	if m.enabledBy != "" {
		if c.value(m.enabledBy) == "false" {
			return r, c.source(m.enabledBy) + " is false"
		}
		r.argument, r.origin = m.enabledBy, c.origin(m.enabledBy)
	}
	for _, a := range m.arguments {
		from := c.origin(a)
		platform := m.enabledBy != "" && from == fromEnvironment
		ofAKS := a == "oidc_token_file_path" && c.value("use_aks_workload_identity") == "true"
		if from > r.origin && !platform && !ofAKS {
			r.argument, r.origin = a, from
		}
	}
	if r.origin == unset {
		return r, cmp.Or(m.enabledBy, orList(m.arguments)) + " is not set"
	}
	return r, ""
}

// choose returns the method to sign in with. A method that the configuration
// requests takes precedence over those of the environment; two of them are an
// error. Of the environment's, the first complete one wins. If no method is
// requested, it is the Azure CLI.
func choose(c *Config) (method, error) {
	var requests []request
	for _, m := range methods {
		if r, _ := m.request(c); r.origin != unset {
			requests = append(requests, r)
		}
	}
	// The sort is stable and so keeps the documented order.
	slices.SortStableFunc(requests, func(a, b request) int { return cmp.Compare(b.origin, a.origin) })
	if len(requests) > 1 && requests[1].origin == fromConfiguration {
		return method{}, contradiction(c, requests[0], requests[1])
	}
	var incomplete error
	for _, r := range requests {
		m, err := r.complete(c)
		if err == nil {
			return m, nil
		}
		incomplete = cmp.Or(incomplete, err)
		if r.origin == fromConfiguration {
			break
		}
	}
	if incomplete != nil {
		return method{}, incomplete
	}
	return byDefault(c)
}

// complete returns the method if every argument that it requires is set, and
// otherwise an error that names the missing ones.
func (r request) complete(c *Config) (method, error) {
	m := r.method
	if m.name == methodOIDC {
		var err error
		if m, err = oidcMethod(c); err != nil {
			return method{}, err
		}
	}
	missing := slices.DeleteFunc(slices.Clone(m.requires), func(a string) bool { return c.value(a) != "" })
	if len(missing) == 0 {
		return m, nil
	}
	return method{}, &ConfigError{
		Attributes: missing,
		Summary:    "Incomplete sign-in configuration",
		Detail: fmt.Sprintf("%s is set, which requests sign-in with %s. This also requires %s.",
			c.source(r.argument), m.name, howToSet(missing...)),
	}
}

// oidcMethod returns the way to sign in with OpenID Connect.
func oidcMethod(c *Config) (method, error) {
	arguments := []string{"oidc_token", "oidc_token_file_path", "ado_pipeline_service_connection_id", "oidc_request_url"}
	exclusive := arguments
	if c.origin("ado_pipeline_service_connection_id") == fromConfiguration {
		exclusive = arguments[:3] // the request URL belongs to the service connection
	}
	argument, err := c.onlyOne(exclusive...)
	if err != nil {
		return method{}, err
	}
	if argument != "" {
		return oidcMethods[argument], nil
	}
	return method{}, configError("Incomplete sign-in configuration", "use_oidc",
		"%s is true, but there is no token from an identity provider. Set one of %s. In GitHub Actions the job needs the permission id-token: write.",
		c.source("use_oidc"), howToSet(arguments...))
}

func contradiction(c *Config, a, b request) error {
	first, second := c.source(a.argument), c.source(b.argument)
	return &ConfigError{
		Attributes: []string{first, second},
		Summary:    "Conflicting authentication methods",
		Detail:     fmt.Sprintf("%s requests sign-in with %s, and %s with %s. Keep one of them.", first, a.name, second, b.name),
	}
}

// byDefault is the method when none is requested: the Azure CLI, unless it is
// disabled, or the configuration names an application to sign in as.
func byDefault(c *Config) (method, error) {
	if c.value("use_cli") == "false" {
		return method{}, configError("No authentication method configured", "use_cli",
			"%s is false, which disables sign-in with the Azure CLI, and no other method is configured. Set one of access_token, "+
				"client_certificate, client_certificate_path, client_secret, client_secret_file_path, use_oidc, "+
				"use_aks_workload_identity, use_msi or use_azd, or set use_cli = true.", c.source("use_cli"))
	}
	if c.origin("client_id") == fromConfiguration {
		name := c.source("client_id")
		return method{}, configError("Incomplete sign-in configuration", name,
			"%s names an application, but no method to sign in as it is configured. Set %s, use_oidc, use_msi or use_aks_workload_identity. "+
				"To sign in with the Azure CLI, set use_cli = true or remove %s.",
			name, howToSet("client_secret", "client_certificate_path"), name)
	}
	return methods[len(methods)-1], nil
}

// Skipped says for each method that was not chosen why it was not, in documented
// order.
func (c *Credential) Skipped() []string {
	var skipped []string
	for _, m := range methods {
		if m.name == c.method.name || m.enabledBy != "" && m.enabledBy == c.method.enabledBy {
			continue
		}
		r, whyNot := m.request(c.config)
		if r.origin != unset {
			whyNot = c.config.source(r.argument) + " is set, but " + c.method.name + " takes precedence or an argument is missing"
		}
		skipped = append(skipped, m.name+": "+whyNot)
	}
	return skipped
}
