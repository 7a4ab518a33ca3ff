// SPDX-License-Identifier: MPL-2.0

package anycluster

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/kusto-community/terraform-provider-kusto/internal/auth"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// cluster is a cluster to test on.
type cluster struct {
	uri              string
	principal, other string // have no grants there; as written
	// names are those of the database and of entities in it, by the slug of their type. A
	// type without one is not tested.
	names map[string]string
	// inUse is locked by the test that has the cluster. Tests share its roles.
	inUse sync.Mutex
}

// kinds are the types of securable that are tested: all but the cluster, whose roles count for
// every database of a real one.
var kinds = slices.DeleteFunc(slices.Clone(kusto.SecurableTypes), func(t *kusto.SecurableType) bool { return t == kusto.Cluster })

// The variables of a real cluster. CONTRIBUTING.md describes them.
const (
	uriVariable       = "KUSTO_CLUSTER_URI"
	principalVariable = "KUSTO_TEST_PRINCIPAL"
	otherVariable     = "KUSTO_TEST_OTHER_PRINCIPAL"
)

// nameVariable names the securable of a type: KUSTO_TEST_DATABASE, KUSTO_TEST_TABLE.
func nameVariable(kind *kusto.SecurableType) string {
	return "KUSTO_TEST_" + strings.ToUpper(kind.Slug)
}

// realCluster is the cluster that the variables name.
func realCluster() (*cluster, error) {
	c := &cluster{
		uri:       os.Getenv(uriVariable),
		principal: os.Getenv(principalVariable), other: os.Getenv(otherVariable), names: make(map[string]string),
	}
	for _, kind := range kinds {
		c.names[kind.Slug] = os.Getenv(nameVariable(kind))
	}
	for _, variable := range []string{principalVariable, otherVariable} {
		written := os.Getenv(variable)
		if written == "" {
			return nil, fmt.Errorf("set %s to a principal without grants in the database, such as aaduser=alice@contoso.com", variable)
		}
		if _, err := kusto.ParseFQN(written); err != nil {
			return nil, fmt.Errorf("%s is %q: %w", variable, written, err)
		}
	}
	return c, nil
}

// environ are the variables from which realCluster makes the same cluster.
func (c *cluster) environ() []string {
	env := []string{realVariable + "=1", uriVariable + "=" + c.uri, principalVariable + "=" + c.principal, otherVariable + "=" + c.other}
	for _, kind := range kinds {
		env = append(env, nameVariable(kind)+"="+c.names[kind.Slug])
	}
	return env
}

// has reports whether there is a securable of the type to test on.
func (c *cluster) has(kind *kusto.SecurableType) bool { return c.names[kind.Slug] != "" }

// securableOf is the one of the type.
func (c *cluster) securableOf(kind *kusto.SecurableType) kusto.Securable {
	s := kusto.Securable{Type: kind, Database: c.names[kusto.Database.Slug]}
	if kind.InsideDatabase() {
		s.Name = c.names[kind.Slug]
	}
	return s
}

// roles are those that the tests of a type change: the type's last role on the securable,
// after the role on the database that it needs.
func (c *cluster) roles(kind *kusto.SecurableType) []roleOn {
	role := kind.Roles[len(kind.Roles)-1]
	var roles []roleOn
	if needed := kind.Needs(role); len(needed) > 0 {
		roles = append(roles, roleOn{c.securableOf(kusto.Database), needed[0]})
	}
	return append(roles, roleOn{c.securableOf(kind), role})
}

// credential is the sign-in of the environment.
var credential = sync.OnceValues(func() (*auth.Credential, error) {
	settings, err := auth.Config{}.FromEnvironment(os.LookupEnv)
	if err != nil {
		return nil, err
	}
	return auth.New(settings, "tf-kusto/test")
})

// client returns a client that knows nothing of what others of this process did.
func (c *cluster) client() (*kusto.Client, error) {
	signIn, err := credential()
	if err != nil {
		return nil, err
	}
	uri, err := mgmt.ParseClusterURI(c.uri, signIn.Cloud())
	if err != nil {
		return nil, err
	}
	options := kusto.Options{Options: mgmt.Options{Credential: signIn, Cloud: signIn.Cloud(), Product: "terraform-provider-kusto/test"}}
	return kusto.NewClients(options).Client(uri)
}

// held lists who holds roles now. It also returns the client that knows it.
func (c *cluster) held(ctx context.Context, roles []roleOn) (*kusto.Client, []heldRole, error) {
	client, err := c.client()
	if err != nil {
		return nil, nil, err
	}
	var held []heldRole
	for _, r := range roles {
		list, err := client.Principals(ctx, r.securable)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", r.securable, err)
		}
		held = append(held, heldRole{r, list.Direct(r.role), len(list.Grants) > 0 && list.Grants[0].NotesHidden})
	}
	return client, held, nil
}
