// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/proxy"
)

// The types that a program with an emulator needs, from the packages that define them.
type (
	// Directory holds the principals of all tenants.
	Directory = entra.Directory
	// Principal is a user, group or application.
	Principal = entra.Principal
	// TokenAnswer changes the answer to one token request.
	TokenAnswer = entra.TokenAnswer

	// ClusterConfig describes a cluster for [Emulator.AddCluster].
	ClusterConfig = kusto.ClusterConfig
	// Cluster is one cluster.
	Cluster = kusto.Cluster
	// Behaviour selects between the documented and reported behaviours of the service.
	Behaviour = kusto.Behaviour
	// Securable is a resource on which roles are granted.
	Securable = kusto.Securable
	// Command is one management command and its outcome.
	Command = kusto.Command
	// Gate holds commands until it is released.
	Gate = kusto.Gate
	// Fault is the failure of one command.
	Fault = kusto.Fault
	// FaultKind is a kind of failure of a command.
	FaultKind = kusto.FaultKind
	// FaultPlan makes random commands of a cluster fail.
	FaultPlan = kusto.FaultPlan

	// Request is one decrypted request.
	Request = proxy.Request
)

// The seeded directory.
const (
	ContosoTenantID    = entra.ContosoTenantID
	FabrikamTenantID   = entra.FabrikamTenantID
	CIDeployerAppID    = entra.CIDeployerAppID
	CIDeployerSecret   = entra.CIDeployerSecret
	DevSubscriptionID  = entra.DevSubscriptionID
	ProdSubscriptionID = entra.ProdSubscriptionID
)

// Signing in without a secret.
const (
	FederatedAudience     = entra.FederatedAudience
	GitHubActionsIssuer   = entra.GitHubActionsIssuer
	GitHubRequestURL      = entra.GitHubRequestURL
	GitHubRequestToken    = entra.GitHubRequestToken
	GitHubSubject         = entra.GitHubSubject
	AzurePipelinesIssuer  = entra.AzurePipelinesIssuer
	PipelinesRequestURL   = entra.PipelinesRequestURL
	PipelinesAccessToken  = entra.PipelinesAccessToken
	PipelinesConnectionID = entra.PipelinesConnectionID
	PipelinesSubject      = entra.PipelinesSubject
	KubernetesIssuer      = entra.KubernetesIssuer
	GitLabIssuer          = entra.GitLabIssuer
	IdentityHeader        = entra.IdentityHeader
)

// The kinds of fault.
const (
	Throttle       = kusto.Throttle
	Unavailable    = kusto.Unavailable
	GatewayTimeout = kusto.GatewayTimeout
	Status520      = kusto.Status520
	CutBefore      = kusto.CutBefore
	CutAfter       = kusto.CutAfter
	Truncate       = kusto.Truncate
	Slow           = kusto.Slow
	Unauthorized   = kusto.Unauthorized
	Partial        = kusto.Partial
	PartialRow     = kusto.PartialRow
	Forbidden      = kusto.Forbidden
	Custom         = kusto.Custom
	CustomExecuted = kusto.CustomExecuted
)

// CommandFileVariable is the environment variable with the file to which commands are appended.
const CommandFileVariable = kusto.CommandFileVariable

// ReadBehaviour reads a behaviour from a file in JSON.
func ReadBehaviour(path string) (Behaviour, error) { return kusto.ReadBehaviour(path) }

// ParseFaultPlan parses a plan such as "429=0.3,retry-after=2s".
func ParseFaultPlan(text string) (FaultPlan, error) { return kusto.ParseFaultPlan(text) }
