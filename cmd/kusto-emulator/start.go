// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/seed"
)

// running is a running emulator with its file of certificates.
type running struct {
	*emulator.Emulator

	caFile    string
	temporary string // a folder to remove, "" for none
}

// start starts the emulator that the flags describe.
func start(s settings) (*running, error) {
	options := emulator.Options{
		Listen: s.listen, TokenLifetime: s.lifetime, Uncompressed: s.uncompressed, PassThrough: s.passThrough,
	}
	plan, err := kusto.ParseFaultPlan(s.faults)
	if err != nil {
		return nil, err
	}
	if options.Behaviour, err = readBehaviour(s.behaviour); err != nil {
		return nil, err
	}
	if s.seed != "" {
		if options.Seed, err = seed.Read(s.seed); err != nil {
			return nil, err
		}
	}
	e := &running{}
	if e.Emulator, err = emulator.Start(options); err != nil {
		return nil, err
	}
	if s.seed == "" {
		addCluster(e.Emulator, s, options.Behaviour)
	}
	for _, cluster := range e.Clusters() {
		cluster.SetLatency(s.latency)
		cluster.SetFaults(plan)
	}
	if err := e.writeCA(s.dir); err != nil {
		e.stop()
		return nil, err
	}
	return e, nil
}

// writeCA writes the certificates to a folder, a temporary one if dir is "".
func (e *running) writeCA(dir string) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "kusto-emulator-"); err != nil {
			return err
		}
		e.temporary = dir
	}
	e.caFile, err = e.WriteCA(dir)
	return err
}

// stop ends the emulator and removes its folder.
func (e *running) stop() {
	_ = e.Close() // always nil
	if e.temporary != "" {
		_ = os.RemoveAll(e.temporary) //nolint:gosec // the folder that MkdirTemp made
	}
}

// variables are those with which programs reach the emulator, as KEY=value.
func (e *running) variables() []string {
	signIn := e.SignIn()
	ofProxy := slices.DeleteFunc(e.Environ(e.caFile), func(pair string) bool { return strings.HasPrefix(strings.ToLower(pair), "no_proxy=") })
	return append(ofProxy,
		"NO_PROXY=127.0.0.1,localhost", "no_proxy=127.0.0.1,localhost", // KUSTO_EMULATOR_URL is reached without a proxy
		"KUSTO_CLUSTER_URI="+e.Clusters()[0].URI(),
		"ARM_TENANT_ID="+signIn.TenantID,
		"ARM_CLIENT_ID="+signIn.AppID,
		"ARM_CLIENT_SECRET="+signIn.Secrets[0],
		"KUSTO_EMULATOR_URL="+e.ProxyURL(),
	)
}

// exports are the variables as commands of a shell.
func (e *running) exports() string {
	var lines strings.Builder
	for _, v := range e.variables() {
		name, value, _ := strings.Cut(v, "=")
		fmt.Fprintf(&lines, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
	}
	return lines.String()
}

// writeExports writes the exports to a file, if there is one. A script that waits for it
// finds it complete.
func (e *running) writeExports(path string) error {
	if path == "" {
		return nil
	}
	if err := os.WriteFile(path+".part", []byte(e.exports()), 0o600); err != nil { //nolint:gosec // writing the configured file is the point
		return err
	}
	return os.Rename(path+".part", path)
}

// removeExports removes the file: its variables lead nowhere any more.
func (*running) removeExports(path string) {
	if path != "" {
		_ = os.Remove(path)
	}
}

// addCluster adds the cluster of an emulator without a seed. Each of its databases has an
// entity of every kind.
func addCluster(e *emulator.Emulator, s settings, behaviour kusto.Behaviour) {
	cluster := e.AddCluster(kusto.ClusterConfig{Name: s.cluster, Admins: []*entra.Principal{e.SignIn()}, Behaviour: behaviour})
	for name := range strings.SplitSeq(s.databases, ",") {
		db := cluster.AddDatabase(strings.TrimSpace(name))
		for _, table := range []string{"StormEvents", "Night Admin"} {
			db.AddTable(table)
		}
		db.Add("external table", "Archive")
		db.Add("materialized-view", "DailyCounts")
		db.Add("function", "TopStates")
		db.AddGraphModel("Network")
	}
}

// readBehaviour reads the behaviour. Without one it is what Microsoft documents.
func readBehaviour(name string) (kusto.Behaviour, error) {
	if name == "" {
		return kusto.Behaviour{Prerequisites: true}, nil
	}
	return kusto.ReadBehaviour(name)
}
