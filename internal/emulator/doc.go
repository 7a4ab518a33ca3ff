// SPDX-License-Identifier: MPL-2.0

// Package emulator serves Microsoft Entra ID and Kusto on loopback, under their
// real host names, to programs with an HTTP proxy. It ends TLS with a certificate
// authority of its own. The program under test needs no switch: it gets
// HTTPS_PROXY and a CA file, as in a corporate network.
//
// The emulator is written from the services' public documents and imports nothing
// of the provider. Where the documents do not say what the service does,
// [Behaviour] selects one way.
//
// One emulator serves any number of clusters by host name. Each has its own
// databases, grants, faults and behaviour, so tests can share one process:
//
//	e, err := emulator.Start(emulator.Options{})
//	…
//	defer e.Close()
//	d := e.Directory()
//	cluster := e.AddCluster(emulator.ClusterConfig{Name: "demo", Admins: []*emulator.Principal{d.App("ci-deployer")}})
//	cluster.AddDatabase("Samples")
//
// With a [seed.Seed], the directory and the clusters are those of a file:
//
//	s, err := seed.Read("seed.yaml")
//	…
//	e, err := emulator.Start(emulator.Options{Seed: s})
//	cluster := e.Clusters()[0]
//
// This package composes the parts: entra plays Entra ID, kusto the clusters, and
// proxy brings requests to them. The proxy answers /_emulator/grants itself.
package emulator
