package emulator_test

import (
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

func TestAdd_answersTheWholeListResolved(t *testing.T) {
	s := newStand(t)
	s.cluster.Grant(emulator.Securable{Kind: "database", Database: "Samples"}, "admins", s.Directory().Must("bob@contoso.com"), "")
	a := s.run("samples", `.add database ['SAMPLES'] users ('AADUSER=Alice@Contoso.com', "aadapp=dashboard;contoso.com") 'it''s'`)
	if a.status != 400 { // a doubled quote does not escape
		t.Fatalf("status %d: %s", a.status, a.raw)
	}
	rows := s.run("samples", `.add database ['SAMPLES'] users ('AADUSER=Alice@Contoso.com', "aadapp=dashboard;contoso.com") 'it\'s'`).rows(t)
	want := [][]string{
		{"AllDatabasesAdmin", "Microsoft Entra app", "ci-deployer", "", "aadapp=" + emulator.CIDeployerAppID + ";" + emulator.ContosoTenantID, ""},
		{"Database Samples Admin", "Microsoft Entra user", "Bob Marsh (upn: bob@contoso.com)", "", s.Directory().Must("bob@contoso.com").FQN(), ""},
		{"Database Samples User", "Microsoft Entra user", "Alice Ng (upn: alice@contoso.com)", "", s.Directory().Must("alice@contoso.com").FQN(), "it's"},
		{"Database Samples User", "Microsoft Entra app", "dashboard", "", s.Directory().Must("dashboard").FQN(), "it's"},
	}
	if len(rows) != len(want) {
		t.Fatalf("rows: %q", rows)
	}
	for i, row := range rows {
		for column, value := range want[i] {
			if column != 3 && row[column] != value {
				t.Errorf("row %d column %d: got %q, want %q", i, column, row[column], value)
			}
		}
		if len(row) != 7 || row[6] == "" || row[3] == "" {
			t.Errorf("row %d is %q", i, row)
		}
	}
}
