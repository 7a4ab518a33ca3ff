// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest/emulated"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// fake serves every test of the package: Go reads the proxy variables once per process.
// Each test has a cluster of its own in it.
var fake *emulator.Emulator

func TestMain(m *testing.M) {
	emulated.Main(m, func(p emulated.Process) { fake = p.Emulator })
}

// testCluster is a test's own cluster, and the run of a probe on it.
type testCluster struct {
	*kusto.Cluster
	t           *testing.T
	environment map[string]string
	args        []string
	file        string // that the probe writes
	output      bytes.Buffer
	progress    bytes.Buffer
	onQuestion  func(line string) // called before each question is asked
	// commandLimit replaces that of the probe, if it is not 0.
	commandLimit time.Duration
}

// Write takes the progress of the probe.
func (c *testCluster) Write(line []byte) (int, error) {
	if c.onQuestion != nil {
		c.onQuestion(string(line))
	}
	return c.progress.Write(line)
}

const ownName = "0f5ad1b4-0000-4000-8000-00000000b4b4"

var testClusters atomic.Int64

// newTestCluster has a database that shows all there is to see: people of two tenants, an
// application, a group with an address, an entity of each type, and somebody who was
// deleted. Its users and viewers are empty.
func newTestCluster(t *testing.T, behaviour kusto.Behaviour) *testCluster {
	t.Helper()
	directory := fake.Directory()
	deployer := directory.App("ci-deployer")
	n := testClusters.Add(1)
	deleted := directory.AddApp("contoso.com", fmt.Sprintf("retired %d", n))
	c := &testCluster{
		t: t, file: filepath.Join(t.TempDir(), "behaviour.json"),
		Cluster: fake.AddCluster(kusto.ClusterConfig{Name: fmt.Sprintf("probed%d", n), Admins: []*entra.Principal{deployer}, Behaviour: behaviour}),
	}
	db := c.AddDatabasePretty(ownName, "Samples", directory.Must("bob@contoso.com"))
	database := kusto.Securable{Kind: "database", Database: "Samples"}
	c.Grant(database, "monitors", directory.Must("erin@fabrikam.com"), "from the other tenant")
	c.Grant(database, "ingestors", directory.Must("On-Call"), "")
	c.Grant(database, "monitors", deleted, "")
	directory.Remove(deleted)
	for kind, name := range map[string]string{"table": "Night Admin", "external table": "Archive", "materialized-view": "Daily", "function": "Top", "graph_model": "Network"} {
		db.Add(kind, name)
	}
	c.environment = map[string]string{
		"KUSTO_CLUSTER_URI": c.URI(), "KUSTO_TEST_DATABASE": "Samples",
		"KUSTO_TEST_PRINCIPAL": "aaduser=alice@contoso.com", "KUSTO_TEST_OTHER_PRINCIPAL": "aadgroup=data-readers@contoso.com",
		"KUSTO_TEST_DELETED_PRINCIPAL": deleted.FQN(),
		"KUSTO_TEST_TABLE":             "Night Admin", "KUSTO_TEST_EXTERNAL_TABLE": "Archive", "KUSTO_TEST_MATERIALIZED_VIEW": "Daily",
		"KUSTO_TEST_FUNCTION": "Top", "KUSTO_TEST_GRAPH_MODEL": "Network",
		"ARM_TENANT_ID": deployer.TenantID, "ARM_CLIENT_ID": deployer.AppID, "ARM_CLIENT_SECRET": deployer.Secrets[0],
	}
	c.args = []string{"-out", c.file}
	return c
}

// without leaves variables out.
func (c *testCluster) without(names ...string) *testCluster {
	for _, name := range names {
		delete(c.environment, "KUSTO_TEST_"+name)
	}
	return c
}

// probe runs the probe, which hardly waits between tries.
func (c *testCluster) probe(ctx context.Context) error {
	lookup := func(name string) (string, bool) { value, found := c.environment[name]; return value, found }
	s, err := readSettings(c.args, lookup, &c.progress)
	if err != nil {
		return err
	}
	s.commandLimit = cmp.Or(c.commandLimit, s.commandLimit)
	p, err := connect(ctx, s, lookup)
	if err != nil {
		return err
	}
	p.pause, p.progress = time.Millisecond, c
	return p.run(ctx, &c.output)
}

// mustProbe runs the probe to its end.
func (c *testCluster) mustProbe() {
	c.t.Helper()
	if err := c.probe(c.t.Context()); err != nil {
		c.t.Fatalf("%v\n%s%s", err, &c.progress, &c.output)
	}
}

// result is the behaviour in the file that the probe wrote.
func (c *testCluster) result() kusto.Behaviour {
	c.t.Helper()
	b, err := kusto.ReadBehaviour(c.file)
	if err != nil {
		c.t.Fatal(err)
	}
	return b
}

// held is a line for each grant of the cluster.
func (c *testCluster) held() string {
	var lines []string
	for _, g := range c.AllGrants() {
		lines = append(lines, fmt.Sprintf("%v", g))
	}
	return strings.Join(lines, "\n")
}

// answerTo is the line of a question in the output.
func (c *testCluster) answerTo(question string) string {
	c.t.Helper()
	for line := range strings.Lines(c.output.String()) {
		if strings.HasPrefix(strings.TrimLeft(line, "* "), question+"  ") {
			return strings.TrimSpace(line)
		}
	}
	c.t.Fatalf("no question %q in\n%s", question, &c.output)
	return ""
}
