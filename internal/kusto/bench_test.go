// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

const manyRows = 10_000

// manyAnswer is an answer of 10,000 users of the cluster's own tenant.
func manyAnswer(tb testing.TB) []byte {
	tb.Helper()
	type column struct{ ColumnName, DataType, ColumnType string }
	type table struct {
		TableName string
		Columns   []column
		Rows      [][]string
	}
	rows := make([][]string, manyRows)
	for i := range rows {
		f := userAt(i)
		rows[i] = []string{
			"Database Samples Viewer", "Microsoft Entra user", fmt.Sprintf("User %d (upn: user%d@contoso.com)", i, i), f.ID, f.String(), "notes",
			fmt.Sprintf("10000000-0000-4000-9000-%012x", i),
		}
	}
	columns := make([]column, 0, 7)
	for _, name := range []string{"Role", "PrincipalType", "PrincipalDisplayName", "PrincipalObjectId", "PrincipalFQN", "Notes", "RoleAssignmentIdentifier"} {
		columns = append(columns, column{name, "String", "string"})
	}
	body, err := json.Marshal(map[string]any{"Tables": []table{{"Table_0", columns, rows}}})
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

func userAt(i int) FQN {
	return FQN{Type: User, ID: fmt.Sprintf("00000000-0000-4000-9000-%012x", i), Tenant: contoso}
}

func parsedList(tb testing.TB, body []byte) *PrincipalList {
	tb.Helper()
	answer, err := mgmt.ReadAnswer(bytes.NewReader(body), ShowPrincipals(database("Samples")))
	if err != nil {
		tb.Fatal(err)
	}
	return ReadPrincipalList(database("Samples"), answer.Rows)
}

func BenchmarkParseAnswer10000Rows(b *testing.B) {
	body := manyAnswer(b)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if p := parsedList(b, body); len(p.Grants) != manyRows {
			b.Fatal(len(p.Grants))
		}
	}
}

func BenchmarkPrincipalList10000Rows(b *testing.B) {
	answer, err := mgmt.ReadAnswer(bytes.NewReader(manyAnswer(b)), ShowPrincipals(database("Samples")))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		ReadPrincipalList(database("Samples"), answer.Rows)
	}
}

func BenchmarkFindIn10000Rows(b *testing.B) {
	p := parsedList(b, manyAnswer(b))
	for name, asked := range map[string]FQN{
		"resolved": userAt(manyRows - 1),
		"UPN":      must("aaduser=user9999@contoso.com"),
		"domain":   inTenant(FQN{Type: User, ID: userAt(manyRows - 1).ID, Tenant: "contoso.com"}),
		"absent":   userAt(manyRows),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if g := p.Find(Viewers, asked); (g == nil) != (name == "absent") {
					b.Fatal(g)
				}
			}
		})
	}
}

func BenchmarkWriteCommand1000Principals(b *testing.B) {
	principals := make([]FQN, 1000)
	for i := range principals {
		principals[i] = userAt(i)
	}
	notes := "granted by Terraform"
	b.ReportAllocs()
	for b.Loop() {
		WriteCommand(mgmt.Add, database("My DB"), Viewers, principals, notes)
	}
}

func TestPrincipalList_findsEveryFormOfAPrincipal(t *testing.T) {
	t.Parallel()
	p := parsedList(t, manyAnswer(t))
	for _, asked := range []FQN{userAt(77), must("aaduser=USER77@contoso.com"), inTenant(FQN{Type: User, ID: userAt(77).ID, Tenant: "contoso.com"})} {
		if g := p.Find(Viewers, asked); g == nil || g != p.Direct(Viewers)[77] {
			t.Errorf("%s: %v", asked, g)
		}
	}
	if g := p.Find(Viewers, userAt(manyRows)); g != nil {
		t.Errorf("%v was found", g)
	}
}
