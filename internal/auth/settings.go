package auth

import (
	"slices"
	"strconv"
	"strings"
)

// Kind is the type of a setting's value.
type Kind int

// The kinds of settings.
const (
	String Kind = iota
	Bool
	List // a list of strings; in a variable, separated by commas, semicolons or spaces
)

// Setting describes one provider argument that has to do with signing in. The
// table of them is the only place where an attribute meets its environment
// variables: the schema, the documentation and the errors are made from it.
type Setting struct {
	// Attribute is the argument's name in HCL.
	Attribute string
	// Environment lists the variables that stand in for it, the first one wins.
	Environment []string
	// Secret says that the value must never be shown.
	Secret bool
	// Kind is the type of the value.
	Kind Kind
	// Description is Markdown, a sentence or two, without the variables.
	Description string

	field func(*Config) any // *string, **bool or *[]string
}

// Settings returns the table of sign-in settings, in the order of the documentation.
func Settings() []Setting { return slices.Clone(settings) }

// MarkdownDescription is Description followed by the variables that can stand in.
func (s Setting) MarkdownDescription() string {
	if len(s.Environment) == 0 {
		return s.Description
	}
	return s.Description + " Can also be set with " + orList(codes(s.Environment)) + "."
}

// vars names the three variables that every general setting can come from.
func vars(suffix string, more ...string) []string {
	return append([]string{"KUSTO_" + suffix, "ARM_" + suffix, "AZURE_" + suffix}, more...)
}

var settings = slices.Concat(identitySettings, oidcSettings, methodSettings, placeSettings)

var settingByName = func() map[string]Setting {
	byName := make(map[string]Setting, len(settings))
	for _, s := range settings {
		byName[s.Attribute] = s
	}
	return byName
}()

var identitySettings = []Setting{
	{
		Attribute: "tenant_id", Environment: vars("TENANT_ID"),
		Description: "The Microsoft Entra tenant to sign in to: an id or a domain name.",
		field:       func(c *Config) any { return &c.TenantID },
	},
	{
		Attribute: "auxiliary_tenant_ids", Environment: vars("AUXILIARY_TENANT_IDS"), Kind: List,
		Description: "Further tenants that tokens may be asked for, besides `tenant_id`.",
		field:       func(c *Config) any { return &c.AuxiliaryTenantIDs },
	},
	{
		Attribute: "client_id", Environment: vars("CLIENT_ID"),
		Description: "The application (client) id to sign in as; for a managed identity, the client id of a user-assigned one.",
		field:       func(c *Config) any { return &c.ClientID },
	},
	{
		Attribute: "client_secret", Environment: vars("CLIENT_SECRET"), Secret: true,
		Description: "The application's secret. Needs `client_id` and `tenant_id`.",
		field:       func(c *Config) any { return &c.ClientSecret },
	},
	{
		Attribute: "client_certificate", Environment: vars("CLIENT_CERTIFICATE"), Secret: true,
		Description: "The application's certificate with its private key: PKCS#12 or PEM, in base64. Needs `client_id` and `tenant_id`.",
		field:       func(c *Config) any { return &c.ClientCertificate },
	},
	{
		Attribute: "client_certificate_path", Environment: vars("CLIENT_CERTIFICATE_PATH"),
		Description: "The path of the application's certificate with its private key, as PKCS#12 (`.pfx`, `.p12`) or PEM. Needs `client_id` and `tenant_id`.",
		field:       func(c *Config) any { return &c.ClientCertificatePath },
	},
	{
		Attribute: "client_certificate_password", Environment: vars("CLIENT_CERTIFICATE_PASSWORD"), Secret: true,
		Description: "The password that protects the client certificate's private key, if there is one.",
		field:       func(c *Config) any { return &c.ClientCertificatePassword },
	},
}

var oidcSettings = []Setting{
	{
		Attribute: "use_oidc", Environment: vars("USE_OIDC"), Kind: Bool,
		Description: "Sign in as an application with a token of another identity provider (workload identity federation): GitHub Actions, Azure Pipelines, GitLab and others.",
		field:       func(c *Config) any { return &c.UseOIDC },
	},
	{
		Attribute: "oidc_token", Environment: vars("OIDC_TOKEN"), Secret: true,
		Description: "The identity provider's token itself.",
		field:       func(c *Config) any { return &c.OIDCToken },
	},
	{
		Attribute: "oidc_token_file_path", Environment: vars("OIDC_TOKEN_FILE_PATH", "AZURE_FEDERATED_TOKEN_FILE"),
		Description: "The path of a file that holds the identity provider's token. It is read anew for each sign-in.",
		field:       func(c *Config) any { return &c.OIDCTokenFilePath },
	},
	{
		Attribute:   "oidc_request_url",
		Environment: vars("OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI"),
		Description: "The URL at which GitHub Actions gives out a job's token. GitHub Actions sets it where the job has the permission `id-token: write`.",
		field:       func(c *Config) any { return &c.OIDCRequestURL },
	},
	{
		Attribute:   "oidc_request_token",
		Environment: vars("OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN"), Secret: true,
		Description: "The token that the request for a job's token is made with. GitHub Actions and Azure Pipelines set it.",
		field:       func(c *Config) any { return &c.OIDCRequestToken },
	},
	{
		Attribute: "ado_pipeline_service_connection_id",
		Environment: []string{
			"KUSTO_ADO_PIPELINE_SERVICE_CONNECTION_ID", "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
			"ARM_OIDC_AZURE_SERVICE_CONNECTION_ID", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
		},
		Description: "The id of the Azure Pipelines service connection to sign in with.",
		field:       func(c *Config) any { return &c.ADOPipelineServiceConnectionID },
	},
}

var methodSettings = []Setting{
	{
		Attribute:   "use_aks_workload_identity",
		Environment: []string{"KUSTO_USE_AKS_WORKLOAD_IDENTITY", "ARM_USE_AKS_WORKLOAD_IDENTITY"}, Kind: Bool,
		Description: "Sign in with the workload identity of the pod this runs in. The webhook of Azure Kubernetes Service provides the rest of the configuration.",
		field:       func(c *Config) any { return &c.UseAKSWorkloadIdentity },
	},
	{
		Attribute: "use_msi", Environment: vars("USE_MSI"), Kind: Bool,
		Description: "Sign in with the managed identity of the machine this runs on; `client_id` picks a user-assigned one.",
		field:       func(c *Config) any { return &c.UseMSI },
	},
	{
		Attribute: "use_azd", Environment: vars("USE_AZD"), Kind: Bool,
		Description: "Sign in as whoever is signed in to the Azure Developer CLI (`azd auth login`).",
		field:       func(c *Config) any { return &c.UseAZD },
	},
	{
		Attribute: "use_cli", Environment: vars("USE_CLI"), Kind: Bool,
		Description: "Sign in as whoever is signed in to the Azure CLI (`az login`). This is what happens when nothing else is configured; `false` forbids it. Defaults to `true`.",
		field:       func(c *Config) any { return &c.UseCLI },
	},
	{
		Attribute: "subscription_id", Environment: vars("SUBSCRIPTION_ID"),
		Description: "For the Azure CLI: the id or the name of the subscription whose account to use, where several are signed in.",
		field:       func(c *Config) any { return &c.SubscriptionID },
	},
	{
		// No ARM_ or AZURE_ variable: a token serves one service, and what others
		// keep under such a name is a token for Azure Resource Manager.
		Attribute: "access_token", Environment: []string{"KUSTO_ACCESS_TOKEN"}, Secret: true,
		Description: "An access token for Kusto that was obtained elsewhere. It is used as it is until it expires, and cannot be renewed.",
		field:       func(c *Config) any { return &c.AccessToken },
	},
}

var placeSettings = []Setting{
	{
		Attribute: "environment", Environment: vars("ENVIRONMENT"),
		Description: "The cloud to sign in to: `public`, `usgovernment` or `china`. Defaults to `public`.",
		field:       func(c *Config) any { return &c.Environment },
	},
	{
		Attribute: "authority_host", Environment: vars("AUTHORITY_HOST"),
		Description: "The host to sign in at, such as `https://login.example.com`, where it is none of the clouds that `environment` names.",
		field:       func(c *Config) any { return &c.AuthorityHost },
	},
}

func (s Setting) isSet(c *Config) bool {
	switch f := s.field(c).(type) {
	case *string:
		return *f != ""
	case **bool:
		return *f != nil
	case *[]string:
		return len(*f) > 0
	}
	return false
}

// fill sets the field from a variable's text.
func (s Setting) fill(c *Config, variable, value string) error {
	switch f := s.field(c).(type) {
	case *string:
		*f = value
	case *[]string:
		*f = splitList(value)
	case **bool:
		b, err := parseBool(variable, value)
		if err != nil {
			return &ConfigError{
				Attributes: []string{s.Attribute},
				Summary:    "Invalid environment variable " + variable,
				Detail:     err.Error() + ". It stands in for the argument " + s.Attribute + ".",
			}
		}
		*f = b
	}
	return nil
}

// text is the value as one string.
func (s Setting) text(c *Config) string {
	switch f := s.field(c).(type) {
	case *string:
		return *f
	case *[]string:
		return strings.Join(*f, ",")
	case **bool:
		if *f != nil {
			return strconv.FormatBool(**f)
		}
	}
	return ""
}

// howToSet says where a missing attribute can be written.
func howToSet(attribute string) string {
	return attribute + " (or " + orList(settingByName[attribute].Environment) + ")"
}

func codes(names []string) []string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = "`" + n + "`"
	}
	return quoted
}

// orList joins names as people do: "a", "a or b", "a, b or c".
func orList(names []string) string { return joinWith(names, " or ") }

func andList(names []string) string { return joinWith(names, " and ") }

func joinWith(names []string, last string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	n := len(names) - 1
	return strings.Join(names[:n], ", ") + last + names[n]
}
