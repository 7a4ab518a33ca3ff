// Package emulator serves Microsoft Entra ID and Kusto on loopback, under
// their real host names, to programs that reach the world through an HTTP
// proxy. It is an HTTP CONNECT proxy that ends TLS with its own certificate
// authority, so the program under test needs no switch: it is given
// HTTPS_PROXY and a CA file, as in a corporate network.
//
// It is written from the public documents of the services alone and imports
// nothing of the product. Where no document settles what the service does, it
// can do either, by [Behaviour].
//
// One emulator serves any number of clusters by host name, each with its own
// databases, grants, faults and behaviour, so tests can share one process:
//
//	e, err := emulator.Start(emulator.Options{})
//	…
//	defer e.Close()
//	d := e.Directory()
//	cluster := e.AddCluster(emulator.ClusterConfig{Name: "demo", Admins: []*emulator.Principal{d.App("ci-deployer")}})
//	cluster.AddDatabase("Samples")
package emulator
