// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// refusal is an error answer of the service, with its source.
type refusal struct {
	source              string
	status              int
	code, kind, message string
}

func (r refusal) fault() *kusto.Fault {
	body, _ := json.Marshal(map[string]any{"error": map[string]any{
		"code": r.code, "message": "Request is invalid and cannot be executed.", "@type": r.kind, "@message": r.message, "@permanent": true,
	}})
	return &kusto.Fault{Kind: kusto.Custom, Status: r.status, Body: string(body)}
}

// inFabric is the refusal inside another one, as Fabric answers (microsoft/delta-kusto#155).
func (r refusal) inFabric() refusal {
	inner := strings.ReplaceAll(r.fault().Body, `{"error":{`, "{\r\n    \"error\": {\r\n        ")
	outer := r
	outer.kind = "Kusto.Data.Exceptions.KustoRequestDeniedException"
	status := strings.ReplaceAll(http.StatusText(r.status), " ", "")
	outer.message = fmt.Sprintf("%s (%d-%s): %s", status, r.status, status, inner)
	return outer
}

const (
	entityNotFound = "Kusto.Data.Exceptions.EntityNotFoundException"
	noSuchName     = "Kusto.Data.Exceptions.EntityNameDoesNotExistException"
	noSuchDatabase = "Kusto.Data.Exceptions.DatabaseNotFoundException"
)

// missing are the wordings that were seen for what does not exist. Attribute is the one at
// fault, in a configuration of the type.
var missing = []struct {
	slug, attribute string
	refusal
}{
	{"function", "function_name", refusal{"microsoft/delta-kusto#92", 400, "BadRequest_EntityNotFound", entityNotFound, "Entity ID 'It' of kind 'ExpressionFunction' was not found."}},
	{"function", "database_name", refusal{"microsoft/delta-kusto#92", 400, "BadRequest_EntityNotFound", entityNotFound, "Entity ID '[DB Samples v?.?]' of kind 'Database' was not found."}},
	{"database", "database_name", refusal{"microsoft/delta-kusto#92", 400, "BadRequest_EntityNotFound", entityNotFound, "Entity ID '[DB Samples v?.?]' of kind 'Database' was not found."}},
	{"database", "database_name", refusal{"Azure-Samples/azure-kusto-samples-dotnet#29", 404, "NotFound", noSuchName, "Entity name 'Samples' of kind 'Database' does not exist."}},
	{"table", "database_name", refusal{"Azure-Samples/azure-kusto-samples-dotnet#29", 404, "NotFound", noSuchName, "Entity name 'Samples' of kind 'Database' does not exist."}},
	{"table", "table_name", refusal{"Azure-Samples/azure-kusto-samples-dotnet#29", 404, "NotFound", noSuchName, "Entity name 'It' of kind 'Table' does not exist."}},
	{"database", "database_name", refusal{"kusto-reference.md, errors", 400, "BadRequest_DatabaseNotExist", noSuchDatabase, "Database 'Samples' was not found."}},
	{"table", "database_name", refusal{"kusto-reference.md, errors", 400, "BadRequest_DatabaseNotExist", noSuchDatabase, "Database '0f5ad1b4-0000-4000-8000-00000000b4b4' was not found."}},
	{"table", "table_name", refusal{"kusto-reference.md, errors", 400, "BadRequest_TableNotExist", "", "Entity 'It' of kind 'Table' was not found."}},
	{"table", "table_name", refusal{"kusto-reference.md, errors", 400, "General_BadRequest", "", "Entity 'It' of kind 'Table' was not found."}},
	{"materialized_view", "materialized_view_name", refusal{"microsoft/delta-kusto#92", 400, "BadRequest_EntityNotFound", entityNotFound, "Entity ID 'It' of kind 'MaterializedView' was not found."}},
	{"external_table", "external_table_name", refusal{"microsoft/delta-kusto#92", 400, "BadRequest_EntityNotFound", entityNotFound, "Entity ID 'It' of kind 'ExternalTable' was not found."}},
	{"graph_model", "graph_model_name", refusal{"microsoft/delta-kusto#92", 400, "BadRequest_EntityNotFound", entityNotFound, "Entity ID 'It' of kind 'GraphModel' was not found."}},
}

func TestEvidence_whatDoesNotExist(t *testing.T) {
	t.Parallel()
	for _, c := range missing {
		for name, r := range map[string]refusal{"plain": c.refusal, "in Fabric": c.inFabric()} {
			t.Run(fmt.Sprintf("%s, %s, %s, %s", c.slug, c.message, c.code, name), func(t *testing.T) {
				t.Parallel()
				s := newTestCluster(t)
				k := securableTestOf(s, c.slug)
				hcl := s.config(k.principal("admins", "aadgroup=On-Call;contoso.com", ""))
				summary := "No such " + strings.ReplaceAll(strings.TrimSuffix(c.attribute, "_name"), "_", " ")
				s.testGone(t, hcl, at(c.attribute, summary, fmt.Sprintf("Kusto said (HTTP %d): %s", r.status, c.message)), r.fault())
			})
		}
	}
}

// testGone expects that a grant whose securable does not exist cannot be added, leaves the
// state on refresh, and can be destroyed.
func (s *testCluster) testGone(t *testing.T, hcl string, want *regexp.Regexp, fault *kusto.Fault) {
	t.Helper()
	refuse := func() {
		s.ResetCommands()
		s.Intercept(func(kusto.Command) *kusto.Fault { return fault })
	}
	accept := func() { s.Intercept(nil) }
	runCase(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{PreConfig: refuse, Config: hcl, ExpectError: want},
			{PreConfig: func() {
				if n := s.count(".add"); n != 1 {
					t.Errorf("%d .add commands were sent, want 1", n)
				}
				accept()
			}, Config: hcl},
			{PreConfig: refuse, RefreshState: true, ExpectNonEmptyPlan: true},
			{PreConfig: accept, Config: hcl},
			{PreConfig: refuse, Config: hcl, Destroy: true},
		},
		CheckDestroy: func(state *terraform.State) error {
			if n := len(state.RootModule().Resources); n > 0 {
				return fmt.Errorf("%d resources are left in the state", n)
			}
			return nil
		},
	})
}

// securableTestOf names something of a type, "It", and makes it.
func securableTestOf(s *testCluster, slug string) securableTest {
	for _, k := range securableTests("It") {
		if k.securableType.Slug == slug {
			k.addTo(s)
			return k
		}
	}
	panic("no type " + slug)
}

// Refusals that are final, and about no single principal of a command.
func TestEvidence_finalRefusalsAreNotRepeatedNorSplit(t *testing.T) {
	t.Parallel()
	const source = "kusto-reference.md, errors"
	for name, c := range map[string]struct {
		refusal
		want []string
	}{
		"conflict":    {refusal{source, 409, "Conflict", "", "The operation conflicts with another one."}, []string{"Could not change the viewers", "Kusto said (HTTP 409): The operation conflicts"}},
		"stopped":     {refusal{source, 412, "PreconditionFailed", "", "The cluster is suspended."}, []string{"The cluster is stopped", "Kusto said (HTTP 412): The cluster is suspended."}},
		"too large":   {refusal{source, 413, "RequestEntityTooLarge", "", "The request is too large."}, []string{"Could not change the viewers", "Kusto said (HTTP 413): The request is too large."}},
		"not allowed": {refusal{"microsoft/delta-kusto#155", 403, "Forbidden", "Kusto.DataNode.Exceptions.UnauthorizedDatabaseAccessException", "Principal 'aadapp=1' is not authorized to write database 'Samples'."}.inFabric(), []string{"Not authorized to change the viewers", "Kusto said (HTTP 403): Principal 'aadapp=1' is not authorized to write database 'Samples'."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			s.Intercept(func(c2 kusto.Command) *kusto.Fault {
				if c2.Verb == ".add" {
					return c.fault()
				}
				return nil
			})
			s.test(t, resource.TestStep{
				Config:      s.config(securableTestOf(s, "database").role("viewers", "aaduser=alice@contoso.com", "aaduser=bob@contoso.com", "aadgroup=On-Call;contoso.com")),
				ExpectError: says(c.want...),
			})
			if n := s.count(".add"); n != 1 {
				t.Errorf("%d .add commands were sent, want 1: %v", n, s.texts())
			}
		})
	}
}

func TestEvidence_throttlesAreWaitedFor(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]refusal{
		"throttled":        {"azure-kusto documentation", 429, "TooManyRequests", "Kusto.DataNode.Exceptions.ControlCommandThrottledException", "The management command was aborted due to throttling. Retrying after some backoff might succeed."},
		"quota":            {"kusto-reference.md, errors", 429, "TooManyRequests", "Kusto.Data.Exceptions.QuotaExceededException", "The request was denied due to exceeding quota limitations. TimeWindow: '01:00:00'"},
		"quota, as 400":    {"kusto-reference.md, errors", 400, "LimitsExceeded", "Kusto.Data.Exceptions.QuotaExceededException", "The request was denied due to exceeding quota limitations. TimeWindow: '01:00:00'"},
		"quota, in Fabric": refusal{"kusto-reference.md, errors", 429, "TooManyRequests", "Kusto.Data.Exceptions.QuotaExceededException", "The request was denied due to exceeding quota limitations."}.inFabric(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			left := 2
			s.Intercept(func(c kusto.Command) *kusto.Fault {
				if c.Verb != ".add" || left == 0 {
					return nil
				}
				left--
				return r.fault()
			})
			s.test(t, resource.TestStep{Config: s.config(grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", "")), Check: s.sent(".add", 3)})
		})
	}
}
