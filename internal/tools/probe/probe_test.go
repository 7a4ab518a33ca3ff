// SPDX-License-Identifier: MPL-2.0

package main

import (
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// behaviours are the default and those that are stored.
func behaviours(t *testing.T) map[string]kusto.Behaviour {
	t.Helper()
	all := map[string]kusto.Behaviour{"default": {}, "without graph models": {NoGraphModels: true, ClearAnswer: "row"},
		"not found in words": {NotFound: "words"},
		"not found in many ways": {NotFound: "name", NotFoundIn: kusto.NotFoundKinds{
			Table: kusto.NotFoundWords{Form: "code"}, ExternalTable: kusto.NotFoundWords{Form: "name", Status: 400},
			Function: kusto.NotFoundWords{Form: "id"}, GraphModel: kusto.NotFoundWords{Form: "words", Status: 404},
		}},
		"notes trimmed": {Notes: "trimmed"}, "notes cut": {Notes: "cut"}}
	files, err := filepath.Glob("../../emulator/kusto/behaviours/*.json")
	if err != nil || len(files) < 3 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		b, err := kusto.ReadBehaviour(file)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(file)] = b
	}
	return all
}

func TestProbe_givesBackTheBehaviour(t *testing.T) {
	t.Parallel()
	for name, behaviour := range behaviours(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newTestCluster(t, behaviour)
			c.args = append(c.args, "-burst")
			c.holdBurst()
			c.mustProbe()
			want := behaviour
			want.SharedAsDirect = false // only the members of a workspace can tell
			if got := c.result(); got != want {
				t.Errorf("\n%+v, want\n%+v\n%s", got, want, &c.output)
			}
			news := strings.Contains(c.output.String(), "Seen and not known")
			if news != behaviour.ClusterRolesRefused { // in words that nobody knows
				t.Errorf("nothing is new of the emulator:\n%s", &c.output)
			}
		})
	}
}

// holdBurst makes the commands of the burst wait for each other, until one is throttled.
func (c *testCluster) holdBurst() {
	c.onQuestion = func(line string) {
		if !strings.Contains(line, "Too many commands") {
			return
		}
		gate := c.Hold(nil)
		c.Observe(func(command kusto.Command) {
			if command.Status == http.StatusTooManyRequests {
				gate.Release()
			}
		})
	}
}

func TestProbe_restoresTheGrants(t *testing.T) {
	t.Parallel()
	for name, behaviour := range behaviours(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newTestCluster(t, behaviour).without("DELETED_PRINCIPAL")
			before := c.held()
			c.mustProbe()
			if after := c.held(); after != before {
				t.Errorf("grants\n%s\nwere\n%s", after, before)
			}
			if !strings.Contains(c.progress.String(), "The grants are as before.") {
				t.Errorf("%s", &c.progress)
			}
		})
	}
}

// Each field of the file is asked for, or it is said why not.
func TestQuestions_coverEveryField(t *testing.T) {
	t.Parallel()
	var asked []string
	for _, q := range questions {
		asked = append(asked, q.fields...)
	}
	fields := reflect.TypeFor[kusto.Behaviour]()
	for i := range fields.NumField() {
		name, _, _ := strings.Cut(fields.Field(i).Tag.Get("json"), ",")
		if name != "-" && !slices.Contains(asked, name) && notAsked[name] == "" {
			t.Errorf("no question is about %s", name)
		}
	}
}
