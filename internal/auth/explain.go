// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Explain describes an error of [Credential.GetToken] for people: a summary, and a
// detail with the code and message of Microsoft Entra ID and with advice. Of any
// other error it returns the text without secrets.
func Explain(err error, c *Credential) (summary, detail string) {
	var invalid *ConfigError
	if errors.As(err, &invalid) {
		return invalid.Summary, invalid.Detail
	}
	var failed *SignInError
	if !errors.As(err, &failed) {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return "Signing in did not finish", "Sign-in with " + c.Method() + " was interrupted or timed out."
		}
		failed = newSignInError(c.Method(), c.config.secrets(), err, nil)
	}
	known := diagnose(failed)
	parts := []string{fmt.Sprintf("Sign-in with %s failed: %s", failed.Method, failed.said()), c.fillIn(known.advice, failed)}
	if failed.CorrelationID != "" {
		parts = append(parts, "Correlation id, for Microsoft's support: "+failed.CorrelationID)
	}
	return known.summary, strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), "\n\n")
}

// fillIn replaces the placeholders of an advice.
func (c *Credential) fillIn(advice string, e *SignInError) string {
	host := c.builder.authority.hosts[0]
	var unreachable *url.Error
	if errors.As(e.cause, &unreachable) {
		if u, err := url.Parse(unreachable.URL); err == nil {
			host = u.Host
		}
	}
	return strings.NewReplacer(
		"{client_id}", c.config.ClientID,
		"{tenant_id}", c.config.TenantID,
		"{client_secret}", c.config.source("client_secret"),
		"{audience}", entraAudience,
		"{kusto}", c.Cloud().KustoAudience,
		"{host}", host,
		"{login}", c.loginCommand(),
		"{login for Kusto}", c.kustoLoginCommand(),
	).Replace(advice)
}

// loginCommand is the command that signs in to the CLI in use.
func (c *Credential) loginCommand() string {
	command, flag := "az login", " --tenant "
	if c.method.name == methodAzureDeveloperCLI {
		command, flag = "azd auth login", " --tenant-id "
	}
	if c.config.TenantID != "" {
		command += flag + c.config.TenantID
	}
	return command
}

// kustoLoginCommand signs in for tokens of Kusto, so that the browser asks for the
// consent or the second factor that they need.
func (c *Credential) kustoLoginCommand() string {
	if c.method.name == methodAzureDeveloperCLI {
		return c.loginCommand()
	}
	return c.loginCommand() + " --scope " + c.Cloud().KustoAudience + "/.default"
}
