// SPDX-License-Identifier: MPL-2.0

package kusto

import "testing"

// A UPN names a user only if one row of the role shows it.
func TestNameOf_isTheUPNThatIdentifiesTheRow(t *testing.T) {
	t.Parallel()
	const tenant = ";c0c0c0c0-0000-4000-8000-00000000c0c0"
	id := func(n string) string { return "00000000-0000-4000-8000-0000000000" + n }
	row := func(role Role, fqn, name string) Grant {
		return Grant{Role: role, Principal: must(fqn), DisplayName: name}
	}
	rows := []Grant{
		row(Viewers, "aaduser="+id("01")+tenant, "Alice Ng (upn: alice@contoso.com)"),
		row(Viewers, "aaduser="+id("02")+tenant, "Bob, who left (upn: bob@contoso.com)"),
		row(Viewers, "aaduser="+id("03")+tenant, "Bob, who came back (upn: bob@contoso.com)"),
		row(Users, "aaduser="+id("03")+tenant, "Bob, who came back (upn: bob@contoso.com)"),
		row(Viewers, "aadgroup="+id("04")+tenant, "Chosen (upn: alice@contoso.com)"),
		row(Viewers, "aadapp="+id("05")+tenant, "Alice (upn: alice@contoso.com) (app id: "+id("05")+")"),
		row(Viewers, "aaduser="+id("06")+tenant, "User from AAD tenant"),
		row(Viewers, "aaduser="+id("07")+tenant, "Nobody (upn: )"),
	}
	list := NewPrincipalList(database("Samples"), rows)
	for i, want := range []string{
		"aaduser=alice@contoso.com", rows[1].Principal.String(), rows[2].Principal.String(), "aaduser=bob@contoso.com",
		rows[4].Principal.String(), rows[5].Principal.String(), rows[6].Principal.String(), rows[7].Principal.String(),
	} {
		if got := list.NameOf(&list.Grants[i]); got.String() != want {
			t.Errorf("%s is named %s, want %s", rows[i].DisplayName, got, want)
		}
	}
}
