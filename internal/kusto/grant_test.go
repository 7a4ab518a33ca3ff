// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

const (
	fabrikam = entra.FabrikamTenantID
	contoso  = entra.ContosoTenantID
	aliceID  = "00000000-0000-4000-8000-000000000011"
	otherID  = "00000000-0000-4000-8000-000000000012"
	appID    = "00000000-0000-4000-8000-0000000000a2"
	appObj   = "00000000-0000-4000-8000-0000000000b2"
)

func rowOf(fqn, display, object string) Grant {
	f := must(fqn)
	return Grant{Role: Viewers, Principal: f, DisplayName: display, ObjectID: object}
}

func TestGrant_provesOrRulesOutAPrincipal(t *testing.T) {
	t.Parallel()
	alice := rowOf("aaduser="+aliceID+";"+contoso, "Alice Ng (upn: alice@contoso.com)", aliceID)
	eve := rowOf("aaduser="+otherID+";"+contoso, "Eve (upn: alice@contoso.com) (upn: eve@contoso.com)", otherID)
	masked := rowOf("aaduser="+otherID+";"+fabrikam, "User from AAD tenant "+fabrikam, otherID)
	readers := rowOf("aadgroup="+aliceID+";"+contoso, "Data Readers", aliceID)
	mailed := rowOf("aadgroup="+aliceID+";"+contoso, "Data Readers (upn: data.readers@contoso.com)", aliceID)
	testApp := rowOf("aadapp="+appID+";"+contoso, "Test App   (app id: "+appID+")", appObj)
	wide := rowOf("aaduser="+otherID+";"+contoso, "Bob (B)    (upn:  bob@contoso.com)", otherID)
	app := rowOf("aadapp="+appID+";"+contoso, "dashboard", appObj)
	oldApp := rowOf("aadapp="+appID+";"+contoso, "dashboard", "")
	kate := rowOf("aaduser="+otherID+";"+contoso, "Kate (upn: kate@contoso.com)", otherID)
	dsts := rowOf(`dstsgroup=CORP\Operators`, "Operators", "")
	carol := rowOf("msauser=carol@outlook.com", "Carol Diaz", "")
	for _, tc := range []struct {
		row   Grant
		asked string
		want  matchStrength
	}{
		{alice, "aaduser=" + aliceID + ";" + contoso, exactMatch},
		{alice, "aaduser=" + aliceID + ";contoso.com", exactMatch},
		{alice, "aaduser=" + aliceID + ";" + fabrikam, noMatch},
		{alice, "aaduser=" + otherID + ";" + contoso, noMatch},
		{alice, "aaduser=ALICE@contoso.com", exactMatch},
		{alice, "aaduser=alice@contoso.com;" + contoso, exactMatch},
		{alice, "aaduser=alice@contoso.com;" + fabrikam, noMatch},
		{alice, "aaduser=lice@contoso.com", possibleMatch}, // may be a mail address
		{alice, "aadgroup=alice@contoso.com", noMatch},
		{alice, "msauser=alice@contoso.com", noMatch},
		{eve, "aaduser=alice@contoso.com", possibleMatch},
		{eve, "aaduser=eve@contoso.com", exactMatch},
		{masked, "aaduser=erin@fabrikam.com", possibleMatch},
		{masked, "aaduser=erin@fabrikam.com;" + contoso, noMatch},
		{readers, "aadgroup=data readers;contoso.com", nameMatch},
		{readers, "aadgroup=Data Readers 2;contoso.com", possibleMatch},
		{readers, "aadgroup=Data Readers;" + fabrikam, noMatch},
		{readers, "aadgroup=data-readers@contoso.com", possibleMatch},
		{mailed, "aadgroup=Data.Readers@contoso.com", nameMatch}, // the bracket may belong to the name
		{mailed, "aadgroup=data readers;contoso.com", nameMatch},
		{mailed, "aadgroup=readers@contoso.com", possibleMatch},
		{testApp, "aadapp=Test App;contoso.com", nameMatch},
		{testApp, "aadapp=Test;contoso.com", possibleMatch},
		{testApp, "aadapp=" + appID, nameMatch}, // other tenants may have it too
		{app, "aadapp=" + appID + ";fabrikam.com", noMatch},
		{app, "aadapp=" + appID + ";unknown.example", nameMatch},
		{alice, "aaduser=" + aliceID + ";unknown.example", nameMatch},
		{alice, "aaduser=alice@contoso.com;fabrikam.com", noMatch},
		{alice, "aaduser=alice@contoso.com;unknown.example", nameMatch},
		{readers, "aadgroup=data readers;fabrikam.com", noMatch},
		{kate, "aaduser=\u212aate@contoso.com", possibleMatch},
		{dsts, `dstsgroup=CORP\Operators`, exactMatch},
		{dsts, `DSTSGroup=corp\operators`, exactMatch},
		{dsts, `dstsuser=CORP\Operators`, noMatch},
		{dsts, "aadgroup=Operators;contoso.com", noMatch},
		{testApp, "aadapp=" + aliceID, noMatch},
		{readers, "aadgroup=" + aliceID, nameMatch}, // it may be of another tenant than the cluster's
		{wide, "aaduser=bob@contoso.com", exactMatch},
		{app, "aadapp=" + appID + ";contoso.com", exactMatch},
		{app, "aadapp=" + appObj + ";contoso.com", exactMatch},
		{app, "aadapp=" + aliceID + ";contoso.com", noMatch},
		{app, "aadapp=dashboard;contoso.com", nameMatch},
		{oldApp, "aadapp=" + appObj + ";" + contoso, possibleMatch},
		{oldApp, "aadapp=" + appID + ";" + contoso, exactMatch},
		{carol, "msauser=Carol@outlook.com", exactMatch},
		{carol, "aaduser=carol@outlook.com", noMatch},
	} {
		asked := inTenant(must(tc.asked))
		if got := tc.row.match(asked); got != tc.want {
			t.Errorf("%s (%s) as %s: %d, want %d", tc.row.Principal, tc.row.DisplayName, tc.asked, got, tc.want)
		}
		if tc.row.Is(asked) != (tc.want == exactMatch) || tc.row.IsNot(asked) != (tc.want == noMatch) {
			t.Errorf("%s as %s: is %t, is not %t", tc.row.Principal, tc.asked, tc.row.Is(asked), tc.row.IsNot(asked))
		}
	}
}

func listed(role, fqn, display, object string) mgmt.Row {
	columns := []string{"Role", "PrincipalDisplayName", "PrincipalObjectId", "PrincipalFQN", "Notes"}
	return mgmt.NewRow(columns, []string{role, display, object, fqn, "n"})
}

func TestPrincipalList_marksInheritedRows(t *testing.T) {
	t.Parallel()
	table := entity("table", "Night Admin")
	alice := "aaduser=" + aliceID + ";" + contoso
	p := ReadPrincipalList(table, []mgmt.Row{
		listed("AllDatabasesAdmin", "aadapp="+appID+";"+contoso, "dashboard", appObj),
		listed("Database Samples Admin", alice, "Alice Ng (upn: alice@contoso.com)", aliceID),
		listed("Table Night Admin Ingestor", alice, "Alice Ng (upn: alice@contoso.com)", aliceID),
	})
	if n := len(p.Direct(Admins)); n != 0 {
		t.Errorf("%d admins of the table, want none: both rows are inherited", n)
	}
	if p.Find(Admins, must(alice)) != nil {
		t.Error("the database's admin was taken for the table's")
	}
	if g := p.Find(Ingestors, must(alice)); g == nil || g.RoleText != "Table Night Admin Ingestor" || g.Notes != "n" {
		t.Errorf("ingestor: %v", g)
	}
	if !p.Grants[0].Inherited || !p.Grants[1].Inherited || p.Grants[2].Inherited {
		t.Error("the first two rows are inherited, the third is not")
	}
}

func TestPicture_findsByWhateverARowProves(t *testing.T) {
	t.Parallel()
	db := database("Samples")
	p := ReadPrincipalList(db, []mgmt.Row{
		listed("Database Samples Viewer", "aaduser="+aliceID+";"+contoso, "Alice Ng (upn: alice@contoso.com)", aliceID),
		listed("Database Samples Viewer", "aaduser="+otherID+";"+contoso, "Eve (upn: alice@contoso.com) (upn: eve@contoso.com)", otherID),
		listed("Database Samples Viewer", "aadapp="+appID+";"+contoso, "dashboard", appObj),
		listed("Database Samples Viewer", "aadapp="+objectID+";"+contoso, "shared", ""),
		listed("Database Samples Viewer", "aadapp="+objectID+";"+fabrikam, "Application from AAD tenant "+fabrikam, ""),
		listed("Database Samples Viewer", "robot=x y", "R2", ""),
	})
	for asked, want := range map[string]string{
		"aaduser=alice@contoso.com":             "aaduser=" + aliceID + ";" + contoso,
		"aaduser=eve@contoso.com":               "aaduser=" + otherID + ";" + contoso,
		"aaduser=" + aliceID + ";contoso.com":   "aaduser=" + aliceID + ";" + contoso,
		"aadapp=" + appID + ";contoso.com":      "aadapp=" + appID + ";" + contoso,
		"aadapp=" + appObj + ";contoso.com":     "aadapp=" + appID + ";" + contoso,
		"aadapp=" + appObj + ";" + contoso:      "aadapp=" + appID + ";" + contoso,
		"aadapp=" + objectID + ";" + fabrikam:   must("aadapp=" + objectID + ";" + fabrikam).String(),
		"aadapp=" + objectID + ";contoso.com":   "aadapp=" + objectID + ";" + contoso,
		"aadapp=" + objectID + ";x.example":     "", // in two tenants, and none says which one that is
		"aadapp=" + objectID + ";" + otherID:    "",
		"aaduser=alice@contoso.com;" + fabrikam: "",
		"aadgroup=" + aliceID + ";contoso.com":  "",
		"aadapp=dashboard;contoso.com":          "",
	} {
		if g := p.Find(Viewers, inTenant(must(asked))); fqnOf(g) != want {
			t.Errorf("%s: %v; want %q", asked, g, want)
		}
		if p.Find(Admins, must(asked)) != nil {
			t.Errorf("%s was found among the admins", asked)
		}
	}
	if len(p.Direct(Viewers)) != 6 {
		t.Error("a name in a form that nobody documents was left out")
	}
}

func TestReadPrincipalList_acceptsOlderEngines(t *testing.T) {
	t.Parallel()
	old := mgmt.NewRow([]string{"Role", "PrincipalFQN"}, []string{"Database Samples User", "aaduser=" + aliceID + ";" + contoso})
	short := mgmt.NewRow([]string{"Role", "PrincipalFQN", "Notes"}, []string{"Database Samples User"})
	g := ReadPrincipalList(database("Samples"), []mgmt.Row{old, short}).Grants
	if g[0].Role != Users || g[0].Notes != "" || g[0].ObjectID != "" || g[0].Principal.Type != User {
		t.Errorf("%#v", g[0])
	}
	if g[1].Role != Users || g[1].Principal != (FQN{}) {
		t.Errorf("%#v", g[1])
	}
}

func TestEffectiveRole_readsInheritedRows(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Role{
		"AllDatabasesAdmin": Admins, "AllDatabasesViewer": Viewers, "AllDatabasesMonitor": Monitors,
		"Database Night User Admin": Admins, "Database D UnrestrictedViewer": UnrestrictedViewers, "Workspace Contributor": "",
	} {
		g := Grant{Inherited: true, RoleText: text}
		if got := g.EffectiveRole(); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	if g := (Grant{Role: Ingestors, RoleText: "Table T Ingestor"}); g.EffectiveRole() != Ingestors {
		t.Error("a direct row has another role than its own")
	}
}
