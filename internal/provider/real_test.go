package provider

import "os"

// real reports whether the acceptance tests run against a real cluster: `make
// testacc`. Its variables are described in CONTRIBUTING.md.
func real() bool { return os.Getenv("KUSTO_TEST_REAL") != "" }
