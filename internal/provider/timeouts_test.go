package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// viewer is a kusto_database_principal that makes somebody a viewer.
func viewer(label, principal, more string) string {
	return fmt.Sprintf("resource \"kusto_database_principal\" %q {\n database_name = \"Samples\"\n role = \"viewers\"\n principal_fqn = %q\n %s\n}\n", label, principal, more)
}

// viewers is a kusto_database_role that owns the list of viewers.
func viewers(label, more string, principals ...string) string {
	return fmt.Sprintf("resource \"kusto_database_role\" %q {\n database_name = \"Samples\"\n role = \"viewers\"\n principals = [\"%s\"]\n %s\n}\n", label, strings.Join(principals, "\", \""), more)
}

func TestTimeouts_refusesThoseThatEndAtOnce(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	var steps []resource.TestStep
	for _, c := range []struct{ operation, value, says string }{
		{"create", "0s", `The value of timeouts.create must be greater than zero, and "0s" is not; omit it for the default.`},
		{"read", "-5m", `The value of timeouts.read must be greater than zero, and "-5m" is not`},
		{"update", "five minutes", `The value of timeouts.update must be a duration such as "30s" or "2h45m", and "five minutes" is not`},
		{"delete", "0", "The value of timeouts.delete must be greater than zero"},
	} {
		more := fmt.Sprintf("timeouts = { %s = %q }", c.operation, c.value)
		for _, hcl := range []string{viewer("it", "aaduser=alice@contoso.com", more), viewers("it", more, "aaduser=alice@contoso.com")} {
			steps = append(steps, resource.TestStep{Config: s.config(hcl), PlanOnly: true, ExpectError: says("Invalid timeout", c.says)})
		}
	}
	s.test(t, steps...)
}
