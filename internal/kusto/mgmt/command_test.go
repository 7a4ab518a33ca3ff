// SPDX-License-Identifier: MPL-2.0

package mgmt

import "testing"

func TestCommand_reachesTheSDKAsItIs(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		".show databases", `.add database ['users'] viewers ('aadapp=dash\'board;contoso.com') 'a \"b\" \\ \t\n😀'`, ".drop table ['T'] admins ('aaduser=alice@contoso.com')",
	} {
		if got := (Command{Text: text}).statement().String(); got != text {
			t.Errorf("%s\nbecomes\n%s", text, got)
		}
	}
}
