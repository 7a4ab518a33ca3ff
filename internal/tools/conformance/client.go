// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// answer is the Node SDK's result of one command.
type answer struct {
	Rows []struct {
		Role, PrincipalFQN, PrincipalDisplayName, Notes string
	}
	Status int
	Error  string
}

// client signs in with Microsoft's Node SDK as an application, lists, grants, and
// sends two commands that must fail.
func (c check) client(ctx context.Context) error {
	e, err := emulator.Start(emulator.Options{})
	if err != nil {
		return err
	}
	defer e.Close()
	app := e.Directory().App("ci-deployer")
	cluster := e.AddCluster(kusto.ClusterConfig{Name: "node", Admins: []*entra.Principal{app}})
	cluster.AddDatabase("My DB", e.Directory().Must("alice@contoso.com"))
	answers, err := c.ask(ctx, e, cluster, app,
		".show database ['My DB'] principals",
		".add database ['My DB'] viewers ('aadgroup=Data Readers;contoso.com') 'it\\'s 😀'",
		".show database ['Nowhere'] principals",
		".add database ['My DB'] nosuchrole ('aaduser=bob@contoso.com')",
	)
	if err != nil {
		return err
	}
	if err := verify(answers, e.Directory()); err != nil {
		return fmt.Errorf("the Node SDK: %w", err)
	}
	fmt.Println("Microsoft's Node SDK: sign-in, list, grant and errors are as expected.")
	return nil
}

func (c check) ask(ctx context.Context, e *emulator.Emulator, cluster *kusto.Cluster, app *entra.Principal, commands ...string) ([]answer, error) {
	ca, err := e.WriteCA(c.temp)
	if err != nil {
		return nil, err
	}
	args := append([]string{"client.mjs", cluster.URI(), app.TenantID, app.AppID, "My DB"}, commands...)
	cmd := exec.CommandContext(ctx, "node", args...)
	cmd.Dir, cmd.Stderr = c.home, os.Stderr
	cmd.Env = append(append(os.Environ(), e.Environ(ca)...), "KUSTO_CLIENT_SECRET="+app.Secrets[0])
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("node client.mjs: %w", err)
	}
	var answers []answer
	if err := json.Unmarshal(out, &answers); err != nil || len(answers) != len(commands) {
		return nil, fmt.Errorf("node client.mjs answered %s: %w", out, err)
	}
	return answers, nil
}

// verify compares the answers with those of the service.
func verify(answers []answer, d *entra.Directory) error {
	shown, added, nowhere, malformed := answers[0], answers[1], answers[2], answers[3]
	switch {
	case len(shown.Rows) != 2 || !has(shown, "Database My DB Admin", d.Must("alice@contoso.com").FQN(), ""):
		return fmt.Errorf("the list is %+v", shown)
	case len(added.Rows) != 3 || !has(added, "Database My DB Viewer", d.Must("Data Readers").FQN(), "it's 😀"):
		return fmt.Errorf("the list after the grant is %+v", added)
	case nowhere.Status != 400 || !strings.Contains(nowhere.Error, "Entity ID '[DB Nowhere v?.?]' of kind 'Database' was not found"):
		return fmt.Errorf("an unknown database answers %+v", nowhere)
	case malformed.Status != 400 || !strings.Contains(strings.ToLower(malformed.Error), "syntax error"):
		return fmt.Errorf("an unknown role answers %+v", malformed)
	}
	return nil
}

func has(a answer, role, fqn, notes string) bool {
	for _, r := range a.Rows {
		if r.Role == role && r.PrincipalFQN == fqn && r.Notes == notes {
			return true
		}
	}
	return false
}
