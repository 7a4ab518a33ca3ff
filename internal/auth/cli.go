package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

func (b *builder) azureCLI() (azcore.TokenCredential, error) {
	c := b.config
	byTenant, err := newCLI(c.AuxiliaryTenantIDs, c.TenantID, "")
	if err != nil || c.SubscriptionID == "" {
		return byTenant, err
	}
	return &subscriptionCLI{subscription: c.SubscriptionID, tenant: c.TenantID, byTenant: byTenant}, nil
}

func newCLI(tenants []string, tenant, subscription string) (azcore.TokenCredential, error) {
	return azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{
		AdditionallyAllowedTenants: tenants, TenantID: tenant, Subscription: subscription,
	})
}

// subscriptionCLI signs in with the account of a subscription. The Azure CLI takes
// a subscription or a tenant, never both, so a token for the subscription is
// asked for without a tenant, and its tenant is checked when it comes.
type subscriptionCLI struct {
	subscription string // id or name
	tenant       string // the one that was asked for; may be empty
	byTenant     azcore.TokenCredential

	mu             sync.Mutex
	bySubscription azcore.TokenCredential
}

// GetToken implements azcore.TokenCredential.
func (s *subscriptionCLI) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if o.TenantID != "" && !strings.EqualFold(o.TenantID, s.tenant) {
		return s.byTenant.GetToken(ctx, o)
	}
	o.TenantID = ""
	inner, err := s.resolve(ctx)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	token, err := inner.GetToken(ctx, o)
	if err != nil {
		return token, err
	}
	caller, err := CallerOf(token.Token)
	if err == nil && isGUID(s.tenant) && !strings.EqualFold(caller.TenantID, s.tenant) {
		return azcore.AccessToken{}, fmt.Errorf("subscription_id %q belongs to tenant %s, but tenant_id is %s",
			s.subscription, caller.TenantID, s.tenant)
	}
	return token, nil
}

// resolve makes the credential for the subscription. azidentity hands the
// subscription to a shell, and so refuses names with, say, a parenthesis in them;
// those are looked up first. A failure is not kept.
func (s *subscriptionCLI) resolve(ctx context.Context) (azcore.TokenCredential, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bySubscription != nil {
		return s.bySubscription, nil
	}
	cred, err := newCLI(nil, "", s.subscription)
	if err != nil {
		id, lookupErr := subscriptionID(ctx, s.subscription)
		if lookupErr != nil {
			return nil, lookupErr
		}
		if cred, err = newCLI(nil, "", id); err != nil {
			return nil, err
		}
	}
	s.bySubscription = cred
	return cred, nil
}

// subscriptionID asks the Azure CLI for the id of the subscription of that name.
// The name is compared here: it is never part of a command.
func subscriptionID(ctx context.Context, name string) (string, error) {
	var complaint strings.Builder
	cmd := exec.CommandContext(ctx, "az", "account", "list", "--output", "json", "--only-show-errors")
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("executable not found on path")
	}
	if err != nil {
		return "", fmt.Errorf("az account list: %s", firstOf(strings.TrimSpace(complaint.String()), err.Error()))
	}
	var subscriptions []struct{ ID, Name string }
	if err := json.Unmarshal(out, &subscriptions); err != nil {
		return "", fmt.Errorf("az account list: its answer could not be read: %w", err)
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
		return "", fmt.Errorf("subscription_id: the Azure CLI knows no subscription named %q; "+
			"write its id, which is listed by: az account list --all --query \"[].{name:name, id:id}\" -o table", name)
	}
	return "", fmt.Errorf("subscription_id: %d subscriptions are named %q; write the id of one: %s", len(ids), name, strings.Join(ids, ", "))
}
