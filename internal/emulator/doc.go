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
// This package composes the parts: entra plays Entra ID, kusto the clusters, and
// proxy brings requests to them.
package emulator
