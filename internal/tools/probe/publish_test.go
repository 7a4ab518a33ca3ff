// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// written is the file that the probe wrote.
func (c *testCluster) written() (file struct{ Answers, Unknown map[string]string }) {
	c.t.Helper()
	text, err := os.ReadFile(c.file)
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return file
}

// signInAsStranger signs in as an application without any role.
func (c *testCluster) signInAsStranger() {
	stranger := fake.Directory().AddApp("contoso.com", "stranger "+c.Host())
	c.environment["ARM_CLIENT_ID"], c.environment["ARM_CLIENT_SECRET"] = stranger.AppID, stranger.Secrets[0]
}

const pleasePublish = "Please publish it"

func TestProbe_writesWhatIsUnknown(t *testing.T) {
	t.Parallel()
	c := newTestCluster(t, kusto.Behaviour{AddKeepsNotes: true}).without("DELETED_PRINCIPAL", "FUNCTION")
	c.mustProbe()
	file := c.written()
	for question, want := range map[string]string{
		"Dropping an absent principal":      "succeeds",
		"Notes after .add with other notes": "are the old ones",
		"Columns of a list":                 "all seven",
	} {
		if got := file.Answers[question]; got != want {
			t.Errorf("%s: %q, want %q", question, got, want)
		}
	}
	for question, want := range map[string]string{
		"Dropping a deleted principal": "needs KUSTO_TEST_DELETED_PRINCIPAL",
		"Role of a function's admin":   "needs KUSTO_TEST_FUNCTION",
		"Too many commands at once":    "nothing was throttled; needs -burst, which others may notice",
	} {
		if got := file.Unknown[question]; got != want {
			t.Errorf("%s: %q, want %q", question, got, want)
		}
	}
	if len(file.Answers)+len(file.Unknown) != len(questions) {
		t.Errorf("%d answers and %d unknown of %d questions", len(file.Answers), len(file.Unknown), len(questions))
	}
	if got := c.result(); got != (kusto.Behaviour{AddKeepsNotes: true}) {
		t.Errorf("%+v", got)
	}
	if !strings.Contains(c.output.String(), pleasePublish) {
		t.Errorf("%s", &c.output)
	}
}

// Who may ask nothing learns nothing of how the service treats those who may.
func TestProbe_asksNobodyToPublishNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*testCluster)
		learns bool
	}{
		"a stranger": {(*testCluster).signInAsStranger, false},
		"a cluster that refuses everything": {func(c *testCluster) {
			c.forbid(func(kusto.Command) bool { return true })
		}, false},
		"a stranger who sees news": {func(c *testCluster) {
			c.signInAsStranger()
			c.SetBehaviour(kusto.Behaviour{Metadata: "404"})
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, kusto.Behaviour{})
			c.change(s)
			s.mustProbe()
			if got := strings.Contains(s.output.String(), pleasePublish); got != c.learns {
				t.Errorf("please publish is %v, want %v\n%s", got, c.learns, &s.output)
			}
			if got := s.written().Unknown["Columns of a list"]; got == "" {
				t.Error("the file does not say that the columns are unknown")
			}
			if got := s.result(); got.OthersRolesForbidden {
				t.Error("who may ask nothing does not know that admins may not")
			}
		})
	}
}

func TestAskedByAnybody_areQuestions(t *testing.T) {
	t.Parallel()
	for name := range askedByAnybody {
		if !slices.ContainsFunc(questions, func(q question) bool { return q.name == name }) {
			t.Errorf("%s", name)
		}
	}
}
