// SPDX-License-Identifier: MPL-2.0

package main

import (
	"regexp"
	"strings"
	"testing"
)

var (
	requirements = regexp.MustCompile(`(?m)^\| what you use \|.*\n(?:\|.*\n)+`)
	testedFrom   = regexp.MustCompile(`Terraform from version (1\.\d+)\s+on and with OpenTofu from version (1\.\d+) on`)
	matrix       = regexp.MustCompile(`(?m)^ +(terraform|opentofu): \["(1\.\d+)\.`)
)

// The README and the provider's page in the registry say the same, and what they say
// about tests is what the workflow does.
func TestRequirements_areTheSameEverywhere(t *testing.T) {
	t.Parallel()
	lowest := map[string]string{}
	for _, line := range matrix.FindAllStringSubmatch(contentOf(t, root+".github/workflows/test.yml"), -1) {
		lowest[line[1]] = line[2]
	}
	readme := requirements.FindString(contentOf(t, root+"README.md"))
	if index := requirements.FindString(contentOf(t, root+"docs/index.md")); readme == "" || readme != index {
		t.Errorf("the README's requirements are\n%s\nand those of docs/index.md\n%s", readme, index)
	}
	for _, page := range []string{"README.md", "docs/index.md"} {
		got := testedFrom.FindStringSubmatch(contentOf(t, root+page))
		if got == nil || got[1] != lowest["terraform"] || got[2] != lowest["opentofu"] {
			t.Errorf("%s says %q; the workflow tests from %v on", page, strings.Join(got, ", "), lowest)
		}
	}
}

var (
	goOfModule    = regexp.MustCompile(`(?m)^go (\S+)$`)
	goOfContainer = regexp.MustCompile(`features/go:1": \{"version": "([^"]+)"`)
)

func TestDevcontainer_hasTheGoOfTheModule(t *testing.T) {
	t.Parallel()
	want := goOfModule.FindStringSubmatch(contentOf(t, root+"go.mod"))[1]
	got := goOfContainer.FindStringSubmatch(contentOf(t, root+".devcontainer/devcontainer.json"))
	if got == nil || got[1] != want {
		t.Errorf(".devcontainer/devcontainer.json installs Go %q, and go.mod asks for %s", got, want)
	}
}
