// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

func (b *builder) azureCLI() (azcore.TokenCredential, error) {
	c := b.config
	byTenant, err := newCLI(azidentity.AzureCLICredentialOptions{TenantID: c.TenantID, AdditionallyAllowedTenants: c.AuxiliaryTenantIDs})
	if err != nil || c.SubscriptionID == "" {
		return byTenant, err
	}
	return &subscriptionCLI{subscription: c.SubscriptionID, tenant: c.TenantID, byTenant: byTenant, tenantID: b.tenantID}, nil
}

func newCLI(options azidentity.AzureCLICredentialOptions) (azcore.TokenCredential, error) {
	inner, err := azidentity.NewAzureCLICredential(&options)
	if err != nil {
		return nil, err
	}
	return &expiryCLI{TokenCredential: inner, tenant: options.TenantID, subscription: options.Subscription}, nil
}

// expiryCLI is azidentity's credential, and one for an Azure CLI whose expiry azidentity
// cannot read, such as "N/A" for some managed identities: azidentity then has a token and
// returns an error (azure_cli_credential.go).
type expiryCLI struct {
	azcore.TokenCredential
	tenant, subscription string
}

// unknownLifetime is the assumed lifetime of a token of which neither the Azure CLI nor
// the token itself says when it expires. The CLI renews a token five minutes before that.
const unknownLifetime = 5 * time.Minute

// GetToken implements azcore.TokenCredential.
func (e *expiryCLI) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := e.TokenCredential.GetToken(ctx, o)
	var otherType *json.UnmarshalTypeError
	if err == nil || !errors.As(err, &otherType) && !strings.Contains(err.Error(), "error parsing token expiration time") {
		return token, err
	}
	return e.withoutExpiry(ctx, o)
}

// withoutExpiry runs the command of azidentity, which has checked the scope, the tenant
// and the subscription, and reads its answer. The token itself says when it expires.
func (e *expiryCLI) withoutExpiry(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	args := []string{"account", "get-access-token", "-o", "json", "--resource", strings.TrimSuffix(o.Scopes[0], "/.default")}
	if tenant := cmp.Or(o.TenantID, e.tenant); tenant != "" {
		args = append(args, "--tenant", tenant)
	}
	if e.subscription != "" {
		args = append(args, "--subscription", e.subscription)
	}
	out, err := runAzureCLI(ctx, args...)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	var answer struct {
		AccessToken lenient[string]      `json:"accessToken"`
		Expires     lenient[json.Number] `json:"expires_on"`
	}
	if json.Unmarshal(out, &answer) != nil || answer.AccessToken.value == "" {
		return azcore.AccessToken{}, errors.New("the answer of az account get-access-token contains no token")
	}
	token := azcore.AccessToken{Token: answer.AccessToken.value, ExpiresOn: unixTime(answer.Expires.value)}
	if said, err := parseClaims(token.Token); err == nil && !said.expiry().IsZero() {
		token.ExpiresOn = said.expiry()
	}
	if token.ExpiresOn.IsZero() {
		token.ExpiresOn = time.Now().Add(unknownLifetime).UTC()
	}
	return token, nil
}

// runAzureCLI runs the Azure CLI without a shell.
func runAzureCLI(ctx context.Context, args ...string) ([]byte, error) {
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, "az", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && !errors.Is(err, exec.ErrNotFound) {
		err = fmt.Errorf("az %s: %s", strings.Join(args[:2], " "), cmp.Or(strings.TrimSpace(stderr.String()), err.Error()))
	}
	return out, err
}

// subscriptionCLI signs in with the account of a subscription. The Azure CLI accepts
// a subscription or a tenant, not both, so the tenant of the token is checked here.
type subscriptionCLI struct {
	subscription string // id or name
	tenant       string // tenant_id; may be empty
	byTenant     azcore.TokenCredential
	tenantID     func(ctx context.Context, domain string) (string, error)
}

// GetToken implements azcore.TokenCredential.
func (s *subscriptionCLI) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if o.TenantID != "" && !strings.EqualFold(o.TenantID, s.tenant) {
		return s.byTenant.GetToken(ctx, o)
	}
	o.TenantID = ""
	bySubscription, err := s.bySubscription(ctx)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	token, err := bySubscription.GetToken(ctx, o)
	if err != nil {
		return token, err
	}
	if err := s.checkTenant(ctx, token.Token); err != nil {
		return azcore.AccessToken{}, err
	}
	return token, nil
}

// checkTenant refuses the token of another tenant than tenant_id names.
func (s *subscriptionCLI) checkTenant(ctx context.Context, token string) error {
	caller, err := CallerOf(token)
	if err != nil || s.tenant == "" {
		return nil //nolint:nilerr // the service reads the token that cannot be read here
	}
	id := s.tenant
	if !isGUID(id) {
		id, err = s.tenantID(ctx, s.tenant)
		if err != nil {
			return fmt.Errorf("it could not be found out whether subscription_id %q belongs to the tenant %s: %w. Write the id of the tenant in tenant_id", s.subscription, s.tenant, err)
		}
	}
	if !strings.EqualFold(caller.TenantID, id) {
		return fmt.Errorf("subscription_id %q belongs to tenant %s, but tenant_id is %s", s.subscription, caller.TenantID, s.tenant)
	}
	return nil
}

// bySubscription returns azidentity's credential for the subscription. azidentity
// passes the name to a shell and therefore rejects, for example, parentheses; the id
// of such a subscription is looked up first.
func (s *subscriptionCLI) bySubscription(ctx context.Context) (azcore.TokenCredential, error) {
	cred, err := newCLI(azidentity.AzureCLICredentialOptions{Subscription: s.subscription})
	if err == nil {
		return cred, nil
	}
	id, err := subscriptionID(ctx, s.subscription)
	if err != nil {
		return nil, err
	}
	return newCLI(azidentity.AzureCLICredentialOptions{Subscription: id})
}

// subscriptionID looks up the id of a subscription by its name. The name is never
// part of a command.
func subscriptionID(ctx context.Context, name string) (string, error) {
	out, err := runAzureCLI(ctx, "account", "list", "--output", "json", "--only-show-errors")
	if err != nil {
		return "", err
	}
	var subscriptions []struct{ ID, Name string }
	if err := json.Unmarshal(out, &subscriptions); err != nil {
		return "", fmt.Errorf("az account list: its output could not be read: %w", err)
	}
	var ids []string
	for _, sub := range subscriptions {
		if strings.EqualFold(sub.Name, name) {
			ids = append(ids, sub.ID)
		}
	}
	switch len(ids) {
	case 1:
		return ids[0], nil
	case 0:
		return "", fmt.Errorf("subscription_id: the Azure CLI knows no subscription named %q", name)
	}
	return "", fmt.Errorf("subscription_id: %d subscriptions are named %q; use the id of one: %s", len(ids), name, strings.Join(ids, ", "))
}
