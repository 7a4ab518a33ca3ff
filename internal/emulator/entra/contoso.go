// SPDX-License-Identifier: MPL-2.0

package entra

// Tenants of the directory without a seed.
const (
	ContosoTenantID  = "c0c0c0c0-0000-4000-8000-00000000c0c0" // contoso.com, contoso.onmicrosoft.com
	FabrikamTenantID = "fafafafa-0000-4000-8000-00000000fafa" // fabrikam.com, fabrikam.onmicrosoft.com
	// MicrosoftAccountTenantID is the tenant of all personal accounts (a public constant).
	MicrosoftAccountTenantID = "9188040d-6c67-4c5b-b112-36a304b66dad"
	// MicrosoftAccountDomain is the domain of that tenant.
	MicrosoftAccountDomain = "live.com"
)

// The application "ci-deployer", as which tests and the demo sign in.
const (
	CIDeployerAppID  = "00000000-0000-4000-8000-0000000000a1"
	CIDeployerSecret = "not-a-secret-ci-deployer"
)

// Subscriptions of the Contoso tenant.
const (
	DevSubscriptionID  = "00000000-0000-4000-8000-0000000000d1"
	ProdSubscriptionID = "00000000-0000-4000-8000-0000000000d2"
)

// Contoso makes the directory of an emulator without a seed of its own.
func Contoso() *Directory {
	d := NewDirectory(ContosoTenantID, "Contoso", "contoso.com", "contoso.onmicrosoft.com")
	d.AddTenant(FabrikamTenantID, "Fabrikam", "fabrikam.com", "fabrikam.onmicrosoft.com")
	for _, p := range seededPrincipals() {
		d.Add(p.TenantID, p)
	}
	d.AddSubscription(DevSubscriptionID, "Contoso Dev", ContosoTenantID)
	d.AddSubscription(ProdSubscriptionID, "Contoso Prod", ContosoTenantID)
	return d
}

func seededPrincipals() []*Principal {
	id := func(suffix string) string { return "00000000-0000-4000-8000-0000000000" + suffix }
	user := func(suffix, tenant, upn, name string) *Principal {
		return &Principal{Kind: User, ObjectID: id(suffix), TenantID: tenant, UPN: upn, DisplayName: name, Password: "not-a-password-" + upn}
	}
	return []*Principal{
		user("11", ContosoTenantID, "alice@contoso.com", "Alice Ng"),
		user("12", ContosoTenantID, "bob@contoso.com", "Bob Marsh"),
		user("13", ContosoTenantID, "sam.lee@contoso.com", "Sam Lee"),
		user("14", ContosoTenantID, "sam.lee2@contoso.com", "Sam Lee"),
		user("15", FabrikamTenantID, "erin@fabrikam.com", "Erin Cole"),
		{Kind: MSAUser, ObjectID: id("16"), TenantID: MicrosoftAccountTenantID, UPN: "carol@outlook.com", DisplayName: "Carol Diaz"},
		{Kind: Group, ObjectID: id("21"), TenantID: ContosoTenantID, DisplayName: "Data Readers", Mail: "data-readers@contoso.com"},
		{Kind: Group, ObjectID: id("22"), TenantID: ContosoTenantID, DisplayName: "On-Call"},
		{
			Kind: App, ObjectID: id("b1"), AppID: CIDeployerAppID, TenantID: ContosoTenantID, DisplayName: "ci-deployer",
			Secrets: []string{CIDeployerSecret}, ExpiredSecrets: []string{"not-a-secret-expired"},
		},
		{
			Kind: App, ObjectID: id("b2"), AppID: id("a2"), TenantID: ContosoTenantID, DisplayName: "dashboard",
			Secrets: []string{"not-a-secret-dashboard"},
		},
	}
}
