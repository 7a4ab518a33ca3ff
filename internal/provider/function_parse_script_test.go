// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func parseScript(text string) function.RunResponse {
	req := function.RunRequest{Arguments: function.NewArgumentsData([]attr.Value{types.StringValue(text)})}
	resp := function.RunResponse{Result: function.NewResultData(types.ListUnknown(scriptGrantType))}
	parseScriptFunction{}.Run(context.Background(), req, &resp)
	return resp
}

func TestParseScript_isNullWhereTheScriptIsSilent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		".add database Samples viewers ('aadGroup=Data Readers;contoso.com') 'dashboards'": `[{"command":"add","database":"Samples","kind":"database","name":<null>,"notes":"dashboards","principal_fqn":"aadGroup=Data Readers;contoso.com","role":"viewers"}]`,
		".set materialized-view ['Daily events'] admins none":                              `[{"command":"set","database":<null>,"kind":"materialized_view","name":"Daily events","notes":<null>,"principal_fqn":<null>,"role":"admins"}]`,
		".add cluster AllDatabasesViewer ('aadapp=dashboard;contoso.com')":                 `[{"command":"add","database":<null>,"kind":"cluster","name":<null>,"notes":<null>,"principal_fqn":"aadapp=dashboard;contoso.com","role":"alldatabasesviewers"}]`,
		"":                            `[]`,
		".create table T (a: string)": `[]`,
	} {
		resp := parseScript(text)
		if got := resp.Result.Value().String(); resp.Error != nil || got != want {
			t.Errorf("%s\ngives %s, %v\nwant %s", text, got, resp.Error, want)
		}
	}
}

func TestParseScript_errorIsAboutTheArgumentAndHasTheLine(t *testing.T) {
	t.Parallel()
	err := parseScript("// viewers\n.add database Samples viewer ('aaduser=alice@contoso.com')").Error
	if err == nil || err.FunctionArgument == nil || *err.FunctionArgument != 0 ||
		!strings.HasPrefix(err.Text, "Line 2, .add database Samples viewer ('aaduser=alice@contoso.com'): expected a role of a database (admins, users,") ||
		strings.HasSuffix(err.Text, ".") {
		t.Errorf("the error is %v", err)
	}
}
