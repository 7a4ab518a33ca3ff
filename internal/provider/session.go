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
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// session is one configured provider: what every resource, data source and list
// works with. Nothing is sent before one of them needs it.
type session struct {
	// clusterURI is the provider's own: known, null, or not known before apply.
	clusterURI types.String
	// unknown names the arguments whose values are not known before apply. While
	// there are any, nothing can sign in.
	unknown    []string
	cloud      kusto.Cloud
	service    *kusto.Service
	credential *auth.Credential
}

// open makes a session of the provider block and the environment.
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
		tflog.Debug(ctx, "sign-in waits for values that are known at apply", map[string]any{"arguments": s.unknown})
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
	cloud, known := kusto.CloudNamed(settings.Environment)
	if !known {
		diags.AddAttributeError(path.Root("environment"), "Unknown environment",
			fmt.Sprintf("%q is none of the clouds the provider knows: %s.", settings.Environment, cloudNames()))
		return
	}
	credential, err := auth.New(settings, auth.WithApplicationID(applicationID(p.version)))
	if err != nil {
		addConfigError(diags, err)
		return
	}
	secrets := credential.Secrets()
	tflog.Debug(masked(ctx, secrets), "sign-in method chosen", map[string]any{"method": credential.Method(), "passed_over": fmt.Sprint(credential.Passed())})
	s.cloud, s.credential = cloud, credential
	s.service = kusto.NewService(kusto.Options{
		Credential: credential, Caller: callerOf, Cloud: cloud,
		Product: "terraform-provider-kusto/" + p.version,
		Pauses:  p.pauses,
		Notify:  func(ctx context.Context, e kusto.Event) { logPause(masked(ctx, secrets), e) },
	})
}

// applicationID is how the provider calls itself to Entra ID (24 characters at
// most).
func applicationID(version string) string {
	id := "tf-kusto/" + version
	return id[:min(len(id), 24)]
}

func cloudNames() string {
	var names []string
	for _, c := range kusto.Clouds() {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

func callerOf(token string) (kusto.Caller, error) {
	caller, err := auth.CallerOf(token)
	if err != nil {
		return kusto.Caller{}, err
	}
	out := kusto.Caller{ObjectID: caller.ObjectID, TenantID: caller.TenantID}
	if caller.IsApp {
		out.ClientID = caller.ClientID
	}
	return out, nil
}

// anyToken finds a JSON Web Token, also one that was cut off.
var anyToken = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{6,}(\.[A-Za-z0-9_-]*)*`)

// masked strikes the configured secrets, and whatever looks like a token, out of
// what is logged. Errors hold none in the first place; this is for the day when
// one does.
func masked(ctx context.Context, secrets []string) context.Context {
	ctx = tflog.MaskMessageStrings(tflog.MaskAllFieldValuesStrings(ctx, secrets...), secrets...)
	return tflog.MaskMessageRegexes(tflog.MaskAllFieldValuesRegexes(ctx, anyToken), anyToken)
}

// logPause tells the log why nothing happens for a while. A principal that is
// waited for is worth telling by default, everything else is not.
func logPause(ctx context.Context, e kusto.Event) {
	fields := map[string]any{
		"cluster": string(e.Cluster), "database": e.Database, "command": e.Verb,
		"reason": e.Reason, "pause": e.Pause.String(), "tries": e.Tries,
	}
	if e.Kind == kusto.PrincipalNotFound {
		tflog.Info(ctx, "waiting for Microsoft Entra ID to show a principal", fields)
		return
	}
	tflog.Debug(ctx, "the command will be sent again", fields)
}

// checkClusterURI refuses a bad address in the provider block at once, where it
// stands.
func (s *session) checkClusterURI(diags *diag.Diagnostics) {
	if s.clusterURI.IsNull() || s.clusterURI.IsUnknown() || diags.HasError() {
		return
	}
	if _, err := kusto.ParseClusterURI(s.clusterURI.ValueString(), s.cloud); err != nil {
		diags.AddAttributeError(path.Root("cluster_uri"), "Invalid cluster address", sentence(err))
	}
}

// usable reports whether the session can sign in, for a plan that asks only where
// it can.
func (s *session) usable() bool { return s != nil && len(s.unknown) == 0 }

// ready says why the session cannot sign in yet; true when it can.
func (s *session) ready(diags *diag.Diagnostics) bool {
	if s == nil {
		diags.AddError("Provider not configured", "The provider kusto was used before it was configured. This is a bug in Terraform or in the provider.")
		return false
	}
	if len(s.unknown) > 0 {
		diags.AddError("The provider's sign-in is not known yet",
			fmt.Sprintf("The provider arguments %s depend on values that are known only after apply. "+
				"Apply what they come from first (-target), or give them values that are known beforehand.", strings.Join(s.unknown, ", ")))
		return false
	}
	return true
}

// address is the cluster a resource works with: its own, or the provider's.
// Unknown when neither is known before apply; an error where there is none.
func (s *session) address(own types.String, diags *diag.Diagnostics) types.String {
	if !own.IsNull() || s == nil {
		return own
	}
	if s.clusterURI.IsNull() {
		diags.AddAttributeError(path.Root("cluster_uri"), "No cluster",
			"Nothing says which cluster this is about. Set cluster_uri here, in the provider block, or in the environment as "+clusterURIVariable+
				", such as https://<cluster>.<region>.kusto.windows.net.")
	}
	return s.clusterURI
}

// cluster gives the cluster at a known address.
func (s *session) cluster(uri types.String, diags *diag.Diagnostics) *kusto.Cluster {
	if !s.ready(diags) {
		return nil
	}
	parsed, err := kusto.ParseClusterURI(uri.ValueString(), s.cloud)
	if err != nil {
		diags.AddAttributeError(path.Root("cluster_uri"), "Invalid cluster address", sentence(err))
		return nil
	}
	cluster, err := s.service.Cluster(parsed)
	if err != nil {
		diags.AddAttributeError(path.Root("cluster_uri"), "Invalid cluster address", sentence(err))
		return nil
	}
	return cluster
}

// list gives everyone who can affect the target's securable, as of now, and the
// target its cluster; nil after an error.
func (s *session) list(ctx context.Context, t *target, diags *diag.Diagnostics) *kusto.Picture {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	if t.clusterURI = s.address(t.clusterURI, diags); diags.HasError() {
		return nil
	}
	cluster := s.cluster(t.clusterURI, diags)
	if cluster == nil {
		return nil
	}
	picture, err := cluster.Fresh(ctx, t.securable())
	if err != nil {
		failure{session: s, securable: t.securable(), doing: "list the principals of " + t.securable().String(), principal: path.Empty()}.add(diags, err)
		return nil
	}
	return picture
}

// sessionFrom reads what Configure handed out; nil before it ran.
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

// quotable is the first attribute whose line may be shown: the CLI quotes the
// line of an error's attribute, and so the secret that may stand there.
func quotable(attributes []string) (string, bool) {
	for _, a := range attributes {
		if !slices.ContainsFunc(auth.Settings(), func(s auth.Setting) bool { return s.Secret && s.Attribute == a }) {
			return a, true
		}
	}
	return "", false
}
