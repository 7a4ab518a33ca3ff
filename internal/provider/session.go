// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/kusto-community/terraform-provider-kusto/internal/auth"
	"github.com/kusto-community/terraform-provider-kusto/internal/cloud"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// session is the configured provider, which resources, data sources and lists share.
// Nothing is sent before one of them needs it.
type session struct {
	// clusterURI is the provider's cluster_uri. It may be null or unknown.
	clusterURI types.String
	// unknown are the arguments with unknown values. While there are any, the
	// provider cannot sign in.
	unknown    []string
	cloud      cloud.Cloud
	clients    *kusto.Clients
	credential *auth.Credential
	// planned are the grants that this run plans.
	planned plannedGrants
}

// open makes a session from the provider block and the environment.
func (p *kustoProvider) open(ctx context.Context, config types.Object, diags *diag.Diagnostics) *session {
	written := config.Attributes()
	s := &session{clusterURI: stringOf(written["cluster_uri"])}
	if s.clusterURI.IsNull() {
		if uri := os.Getenv(clusterURIVariable); uri != "" {
			s.clusterURI = types.StringValue(uri)
		}
	}
	var settings auth.Config
	for _, setting := range auth.Settings() {
		value := written[setting.Attribute]
		switch {
		case value.IsUnknown():
			s.unknown = append(s.unknown, setting.Attribute)
		case !value.IsNull():
			setting.Assign(&settings, goValue(value))
		}
	}
	if len(s.unknown) > 0 {
		tflog.Debug(ctx, "sign-in is deferred until all arguments are known", map[string]any{"arguments": s.unknown})
		return s
	}
	s.signIn(ctx, p, settings, diags)
	s.checkClusterURI(diags)
	return s
}

// goValue is the Go value of a known string, bool or list of strings.
func goValue(v any) any {
	switch v := v.(type) {
	case basetypes.StringValue:
		return v.ValueString()
	case basetypes.BoolValue:
		return v.ValueBool()
	case basetypes.ListValue:
		var list []string
		for _, e := range v.Elements() {
			list = append(list, stringOf(e).ValueString())
		}
		return list
	}
	panic(fmt.Sprintf("a provider argument of type %T", v))
}

func (s *session) signIn(ctx context.Context, p *kustoProvider, settings auth.Config, diags *diag.Diagnostics) {
	settings, err := settings.FromEnvironment(os.LookupEnv)
	if err != nil {
		addConfigError(diags, err)
		return
	}
	credential, err := auth.New(settings, "tf-kusto/"+p.version)
	if err != nil {
		addConfigError(diags, err)
		return
	}
	secrets := credential.Secrets()
	tflog.Debug(masked(ctx, secrets), "sign-in method chosen", map[string]any{"method": credential.Method(), "skipped": strings.Join(credential.Skipped(), "; ")})
	s.cloud, s.credential = credential.Cloud(), credential
	s.clients = kusto.NewClients(kusto.Options{
		Caller: callerPrincipals, Waits: p.waits,
		Options: mgmt.Options{
			Credential: credential, Cloud: s.cloud, Product: "terraform-provider-kusto/" + p.version, Retry: p.retry,
			Notify: func(ctx context.Context, e mgmt.Event) { logPause(masked(ctx, secrets), e) },
		},
	})
}

// callerPrincipals are the principals that an access token stands for: the identity,
// and the groups that the token names.
func callerPrincipals(token string) ([]kusto.FQN, error) {
	caller, err := auth.CallerOf(token)
	if err != nil {
		return nil, err
	}
	principals := []kusto.FQN{callerFQN(caller)}
	for _, id := range caller.Groups {
		principals = append(principals, kusto.FQN{Type: kusto.Group, ID: id, Tenant: caller.TenantID})
	}
	return principals, nil
}

// anyToken finds a JSON Web Token, also one that was cut off.
var anyToken = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{6,}(\.[A-Za-z0-9_-]*)*`)

// masked removes the configured secrets, and everything that looks like a token, from
// the log. Defense in depth: errors should contain no secrets.
func masked(ctx context.Context, secrets []string) context.Context {
	ctx = tflog.MaskMessageStrings(tflog.MaskAllFieldValuesStrings(ctx, secrets...), secrets...)
	return tflog.MaskMessageRegexes(tflog.MaskAllFieldValuesRegexes(ctx, anyToken), anyToken)
}

// logPause logs a wait before another try, at INFO for a principal that has to
// propagate.
func logPause(ctx context.Context, e mgmt.Event) {
	fields := map[string]any{
		"cluster": string(e.Cluster), "database": e.Database, "command": e.Command,
		"reason": e.Err.Error(), "pause": e.Pause.String(), "tries": e.Err.Tries,
	}
	if errors.Is(e.Err, mgmt.ErrPrincipalNotFound) {
		tflog.Info(ctx, "waiting for a principal to propagate in Microsoft Entra ID", fields)
		return
	}
	tflog.Debug(ctx, "retrying the command", fields)
}

// checkClusterURI refuses an invalid cluster_uri in the provider block.
func (s *session) checkClusterURI(diags *diag.Diagnostics) {
	if s.clusterURI.IsNull() || s.clusterURI.IsUnknown() || diags.HasError() {
		return
	}
	if _, err := mgmt.ParseClusterURI(s.clusterURI.ValueString(), s.cloud); err != nil {
		diags.AddAttributeError(path.Root("cluster_uri"), "Invalid cluster URI", sentence(err))
	}
}

// usable reports whether the session can sign in. A plan asks Kusto only if it can.
func (s *session) usable() bool { return s != nil && len(s.unknown) == 0 }

// ready reports whether the session can sign in, and adds an error if not.
func (s *session) ready(diags *diag.Diagnostics) bool {
	if s == nil {
		diags.AddError("Provider not configured", "The provider kusto was used before it was configured. This is a bug in Terraform or in the provider.")
		return false
	}
	if len(s.unknown) > 0 {
		diags.AddError("The provider's sign-in is not known yet",
			fmt.Sprintf("The provider arguments %s depend on values that are known only after apply. "+
				"Apply the resources they depend on first (-target), or use values that are known before apply.", strings.Join(s.unknown, ", ")))
		return false
	}
	return true
}

// address is the cluster of a resource: its own, or the provider's. It is an error if
// there is neither.
func (s *session) address(own types.String, diags *diag.Diagnostics) types.String {
	if !own.IsNull() || s == nil {
		return own
	}
	if s.clusterURI.IsNull() {
		diags.AddAttributeError(path.Root("cluster_uri"), "No cluster",
			"No cluster is configured. Set cluster_uri here, in the provider block, or with the environment variable "+clusterURIVariable+
				", such as https://<cluster>.<region>.kusto.windows.net.")
	}
	return s.clusterURI
}

// client returns the client of a cluster; nil after an error.
func (s *session) client(uri types.String, diags *diag.Diagnostics) *kusto.Client {
	if !s.ready(diags) {
		return nil
	}
	parsed, err := mgmt.ParseClusterURI(uri.ValueString(), s.cloud)
	if err == nil {
		var client *kusto.Client
		if client, err = s.clients.Client(parsed); err == nil {
			return client
		}
	}
	diags.AddAttributeError(path.Root("cluster_uri"), "Invalid cluster URI", sentence(err))
	return nil
}

// clientOf returns the client of the cluster of a configuration: its own, or the
// provider's; nil after an error.
func (s *session) clientOf(own types.String, diags *diag.Diagnostics) *kusto.Client {
	uri := s.address(own, diags)
	if diags.HasError() {
		return nil
	}
	return s.client(uri, diags)
}

// sessionFrom returns the session that Configure made; nil before it ran.
func sessionFrom(providerData any) *session {
	s, _ := providerData.(*session)
	return s
}

func addConfigError(diags *diag.Diagnostics, err error) {
	var config *auth.ConfigError
	if !errors.As(err, &config) {
		diags.AddError("Cannot sign in", sentence(err))
		return
	}
	attribute, found := quotable(config.Attributes)
	if !found {
		diags.AddError(config.Summary, config.Detail)
		return
	}
	diags.AddAttributeError(path.Root(attribute), config.Summary, config.Detail)
}

// quotable is the first attribute whose line may be shown: the CLI quotes the line of
// an error's attribute, which may contain a secret.
func quotable(attributes []string) (string, bool) {
	for _, a := range attributes {
		if !slices.ContainsFunc(auth.Settings(), func(s auth.Setting) bool { return s.Secret && s.Attribute == a }) {
			return a, true
		}
	}
	return "", false
}
