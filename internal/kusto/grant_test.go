package kusto

import (
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

const (
	fabrikam = emulator.FabrikamTenantID
	contoso  = emulator.ContosoTenantID
	aliceID  = "00000000-0000-4000-8000-000000000011"
	otherID  = "00000000-0000-4000-8000-000000000012"
	appID    = "00000000-0000-4000-8000-0000000000a2"
	appObj   = "00000000-0000-4000-8000-0000000000b2"
)

func rowOf(fqn, display, object string) Grant {
	f := must(fqn)
	return Grant{Role: Viewers, Principal: f, Type: f.Type, DisplayName: display, ObjectID: object}
}

func TestGrant_provesOrRulesOutAPrincipal(t *testing.T) {
	t.Parallel()
	alice := rowOf("aaduser="+aliceID+";"+contoso, "Alice Ng (upn: alice@contoso.com)", aliceID)
	eve := rowOf("aaduser="+otherID+";"+contoso, "Eve (upn: alice@contoso.com) (upn: eve@contoso.com)", otherID)
	masked := rowOf("aaduser="+otherID+";"+fabrikam, "User from AAD tenant "+fabrikam, otherID)
	readers := rowOf("aadgroup="+aliceID+";"+contoso, "Data Readers", aliceID)
	liar := rowOf("aadgroup="+aliceID+";"+contoso, "x (upn: alice@contoso.com)", aliceID)
	app := rowOf("aadapp="+appID+";"+contoso, "dashboard", appObj)
	oldApp := rowOf("aadapp="+appID+";"+contoso, "dashboard", "")
	carol := rowOf("msauser=carol@outlook.com", "Carol Diaz", "")
	for _, tc := range []struct {
		row   Grant
		asked string
		want  likeness
	}{
		{alice, "aaduser=" + aliceID + ";" + contoso, same},
		{alice, "aaduser=" + aliceID + ";contoso.com", same},
		{alice, "aaduser=" + aliceID + ";" + fabrikam, different},
		{alice, "aaduser=" + otherID + ";" + contoso, different},
		{alice, "aaduser=ALICE@contoso.com", same},
		{alice, "aaduser=alice@contoso.com;" + contoso, same},
		{alice, "aaduser=alice@contoso.com;" + fabrikam, different},
		{alice, "aaduser=lice@contoso.com", possible}, // may be a mail address
		{alice, "aadgroup=alice@contoso.com", different},
		{alice, "msauser=alice@contoso.com", different},
		{eve, "aaduser=alice@contoso.com", possible},
		{eve, "aaduser=eve@contoso.com", same},
		{masked, "aaduser=erin@fabrikam.com", possible},
		{masked, "aaduser=erin@fabrikam.com;" + contoso, different},
		{readers, "aadgroup=data readers;contoso.com", probable},
		{readers, "aadgroup=Data Readers 2;contoso.com", possible},
		{readers, "aadgroup=Data Readers;" + fabrikam, different},
		{readers, "aadgroup=data-readers@contoso.com", possible},
		{liar, "aadgroup=alice@contoso.com", possible},
		{app, "aadapp=" + appID + ";contoso.com", same},
		{app, "aadapp=" + appObj + ";contoso.com", same},
		{app, "aadapp=" + aliceID + ";contoso.com", different},
		{app, "aadapp=dashboard;contoso.com", probable},
		{oldApp, "aadapp=" + appObj + ";" + contoso, possible},
		{oldApp, "aadapp=" + appID + ";" + contoso, same},
		{carol, "msauser=Carol@outlook.com", same},
		{carol, "aaduser=carol@outlook.com", different},
	} {
		asked := must(tc.asked)
		if got := tc.row.likeness(asked); got != tc.want {
			t.Errorf("%s (%s) as %s: %d, want %d", tc.row.Principal, tc.row.DisplayName, tc.asked, got, tc.want)
		}
		if tc.row.IsSurely(asked) != (tc.want == same) || tc.row.IsSurelyNot(asked) != (tc.want == different) {
			t.Errorf("%s as %s: surely %t, surely not %t", tc.row.Principal, tc.asked, tc.row.IsSurely(asked), tc.row.IsSurelyNot(asked))
		}
	}
}

func listed(role, fqn, display, object string) row {
	columns := map[string]int{"role": 0, "principaldisplayname": 1, "principalobjectid": 2, "principalfqn": 3, "notes": 4}
	return row{columns, []string{role, display, object, fqn, "n"}}
}

func TestPicture_tellsInheritedRowsApart(t *testing.T) {
	t.Parallel()
	table := entity("table", "Night Admin")
	alice := "aaduser=" + aliceID + ";" + contoso
	p := newPicture(table, grantsOf(table, []row{
		listed("AllDatabasesAdmin", "aadapp="+appID+";"+contoso, "dashboard", appObj),
		listed("Database Samples Admin", alice, "Alice Ng (upn: alice@contoso.com)", aliceID),
		listed("Table Night Admin Ingestor", alice, "Alice Ng (upn: alice@contoso.com)", aliceID),
	}))
	if n := len(p.Direct(Admins)); n != 0 {
		t.Errorf("%d admins of the table, want none: both rows are inherited", n)
	}
	if _, found := p.Find(Admins, must(alice)); found {
		t.Error("the database's admin was taken for the table's")
	}
	if g, found := p.Find(Ingestors, must(alice)); !found || g.Words != "Table Night Admin Ingestor" || g.Notes != "n" {
		t.Errorf("ingestor: %v, %t", g, found)
	}
	if !p.Grants[0].Inherited || !p.Grants[1].Inherited || p.Grants[2].Inherited {
		t.Error("the first two rows are inherited, the third is not")
	}
}

func TestPicture_findsByWhateverARowProves(t *testing.T) {
	t.Parallel()
	db := database("Samples")
	p := newPicture(db, grantsOf(db, []row{
		listed("Database Samples Viewer", "aaduser="+aliceID+";"+contoso, "Alice Ng (upn: alice@contoso.com)", aliceID),
		listed("Database Samples Viewer", "aaduser="+otherID+";"+contoso, "Eve (upn: alice@contoso.com) (upn: eve@contoso.com)", otherID),
		listed("Database Samples Viewer", "aadapp="+appID+";"+contoso, "dashboard", appObj),
		listed("Database Samples Viewer", "aadapp="+objectID+";"+contoso, "shared", ""),
		listed("Database Samples Viewer", "aadapp="+objectID+";"+fabrikam, "Application from AAD tenant "+fabrikam, ""),
		listed("Database Samples Viewer", "robot=x y", "R2", ""),
	}))
	for asked, want := range map[string]string{
		"aaduser=alice@contoso.com":             "aaduser=" + aliceID + ";" + contoso,
		"aaduser=eve@contoso.com":               "aaduser=" + otherID + ";" + contoso,
		"aaduser=" + aliceID + ";contoso.com":   "aaduser=" + aliceID + ";" + contoso,
		"aadapp=" + appID + ";contoso.com":      "aadapp=" + appID + ";" + contoso,
		"aadapp=" + appObj + ";contoso.com":     "aadapp=" + appID + ";" + contoso,
		"aadapp=" + appObj + ";" + contoso:      "aadapp=" + appID + ";" + contoso,
		"aadapp=" + objectID + ";" + fabrikam:   must("aadapp=" + objectID + ";" + fabrikam).String(),
		"aadapp=" + objectID + ";contoso.com":   "", // in two tenants, and none says which is contoso.com
		"aadapp=" + objectID + ";" + otherID:    "",
		"aaduser=alice@contoso.com;" + fabrikam: "",
		"aadgroup=" + aliceID + ";contoso.com":  "",
		"aadapp=dashboard;contoso.com":          "",
	} {
		g, found := p.findSurely(Viewers, must(asked))
		if found != (want != "") || found && g.Principal.String() != want {
			t.Errorf("%s: %v, %t; want %q", asked, g, found, want)
		}
		if _, found := p.findSurely(Admins, must(asked)); found {
			t.Errorf("%s was found among the admins", asked)
		}
	}
	if len(p.Direct(Viewers)) != 6 {
		t.Error("a name in a form that nobody documents was left out")
	}
}

func TestGrantsOf_acceptsOlderEngines(t *testing.T) {
	t.Parallel()
	old := row{map[string]int{"role": 0, "principalfqn": 1}, []string{"Database Samples User", "aaduser=" + aliceID + ";" + contoso}}
	short := row{map[string]int{"role": 0, "principalfqn": 1, "notes": 2}, []string{"Database Samples User"}}
	g := grantsOf(database("Samples"), []row{old, short})
	if g[0].Role != Users || g[0].Notes != "" || g[0].ObjectID != "" || g[0].Type != User {
		t.Errorf("%#v", g[0])
	}
	if g[1].Role != Users || g[1].Principal != (FQN{}) {
		t.Errorf("%#v", g[1])
	}
}
