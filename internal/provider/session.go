// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
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
	// declarations are those of this run.
	declarations declarations
	// checks are what this run's plans have checked.
	checks planChecks
	// version is the provider's.
	version string
}

// newSession makes a session from the provider block and the environment.
func (p *kustoProvider) newSession(ctx context.Context, config types.Object, diags *diag.Diagnostics) *session {
	written := config.Attributes()
	s := &session{clusterURI: stringOf(written["cluster_uri"]), version: p.version}
	if s.clusterURI.IsNull() {
		if uri := os.Getenv(clusterURIVariable); uri != "" {
			s.clusterURI = types.StringValue(uri)
		}
	}
	var settings auth.Config
	for _, setting := range auth.Settings() {
		value := written[setting.Attribute]
		switch {
		case !fullyKnown(ctx, value):
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
	s.declarations.database = s.knownDatabaseName
	return s
}

func (s *session) signIn(ctx context.Context, p *kustoProvider, settings auth.Config, diags *diag.Diagnostics) {
	settings, err := settings.FromEnvironment(os.LookupEnv)
	if err != nil {
		s.addConfigError(diags, err)
		return
	}
	credential, err := auth.New(settings, "tf-kusto/"+p.version)
	if err != nil {
		s.addConfigError(diags, err)
		return
	}
	secrets := credential.Secrets()
	tflog.Debug(masked(ctx, secrets), "sign-in method chosen", map[string]any{"method": credential.Method(), "skipped": strings.Join(credential.Skipped(), "; ")})
	s.cloud, s.credential = credential.Cloud(), credential
	s.clients = kusto.NewClients(kusto.Options{
		Caller: callerPrincipals, Waits: p.waits, TenantID: credential.TenantID,
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
	if principals[0].ID == "" {
		return nil, errors.New("the access token does not contain the caller's id")
	}
	for _, id := range caller.Groups {
		principals = append(principals, kusto.FQN{Type: kusto.Group, ID: id, Tenant: caller.TenantID})
	}
	return principals, nil
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

// canSignIn reports whether the session can sign in. A plan asks Kusto only if it can.
func (s *session) canSignIn() bool { return s != nil && len(s.unknown) == 0 }

// requireSignIn adds an error if the session cannot sign in.
func (s *session) requireSignIn(diags *diag.Diagnostics) bool {
	if s == nil {
		diags.AddError("Provider not configured", "The provider kusto was used before it was configured. This is a bug in Terraform or in the provider.")
		return false
	}
	if len(s.unknown) > 0 {
		diags.AddError("The provider's sign-in is not known yet",
			fmt.Sprintf("The provider arguments %s depend on values that are known only after apply. %s", strings.Join(s.unknown, ", "), applyFirst))
		return false
	}
	return true
}

const applyFirst = "Apply the resources that it depends on first (-target), or use values that are known before apply."

// sessionFrom returns the session that Configure made; nil before it ran.
func sessionFrom(providerData any) *session {
	s, _ := providerData.(*session)
	return s
}

// addSignInError reports that no token could be obtained.
func (s *session) addSignInError(diags *diag.Diagnostics, err error) {
	operation{session: s, action: "sign in", principal: path.Empty()}.addError(diags, &mgmt.Error{Reason: mgmt.ErrSignIn, Err: err})
}

func (s *session) addConfigError(diags *diag.Diagnostics, err error) {
	var config *auth.ConfigError
	if !errors.As(err, &config) {
		diags.AddError("Cannot sign in", sentence(err))
		return
	}
	detail := config.Detail + "\n\nHelp: " + s.help(config.Summary)
	attribute, found := quotable(config.Attributes)
	if !found {
		diags.AddError(config.Summary, detail)
		return
	}
	diags.AddAttributeError(path.Root(attribute), config.Summary, detail)
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
