// SPDX-License-Identifier: MPL-2.0

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/auth"
)

const root = "../../../"

var pageLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// Pages are read in the registry and on GitHub. In both, a relative link is a path
// to a file. A link to this repository on GitHub is checked like one.
func TestPages_haveNoBrokenLinks(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		for _, link := range pageLink.FindAllStringSubmatch(contentOf(t, page), -1) {
			if fault := faultOf(t, page, link[1]); fault != "" {
				t.Errorf("%s links to %s, %s", page, link[1], fault)
			}
		}
	}
}

var (
	inBash       = regexp.MustCompile(`(?m)^export (\w+)=`)
	inPowerShell = regexp.MustCompile(`(?m)^\$env:(\w+) = `)
	inYAML       = regexp.MustCompile(`(?m)^ +((?:KUSTO|ARM)_\w+): `)
)

// A variable of a sign-in guide is one that the provider reads, and Bash and PowerShell
// set the same ones.
func TestSignInGuides_setVariablesThatTheProviderReads(t *testing.T) {
	t.Parallel()
	read := map[string]bool{"KUSTO_CLUSTER_URI": true}
	for _, s := range auth.Settings() {
		for _, variable := range s.Environment {
			read[variable] = true
		}
	}
	guides, err := filepath.Glob(root + "docs/guides/authentication-*.md")
	if err != nil || len(guides) == 0 {
		t.Fatal("no guides", err)
	}
	for _, guide := range guides {
		content := contentOf(t, guide)
		bash, powerShell := namesIn(content, inBash), namesIn(content, inPowerShell)
		if !slices.Equal(bash, powerShell) {
			t.Errorf("%s: Bash sets %v and PowerShell %v", guide, bash, powerShell)
		}
		for _, name := range append(bash, namesIn(content, inYAML)...) {
			if !read[name] {
				t.Errorf("%s: the provider does not read %s", guide, name)
			}
		}
	}
}

func namesIn(content string, pattern *regexp.Regexp) []string {
	var names []string
	for _, m := range pattern.FindAllStringSubmatch(content, -1) {
		names = append(names, m[1])
	}
	return names
}

var (
	summary  = regexp.MustCompile(`(?i)summary:\s+"([^"]+)"`)
	reported = regexp.MustCompile(`(?:path\.Root\([\w"]+\)|path\.Empty\(\)|o\.principal), "([A-Z][^"]+)"|AddError\("([^"]+)"|configError\("([^"]+)"`)
	headline = regexp.MustCompile(`(?m)^### (.*)$`)
)

// The guide has a headline for each error of the provider, and no other headlines.
func TestTroubleshooting_explainsEveryError(t *testing.T) {
	t.Parallel()
	guide := contentOf(t, root+"docs/guides/troubleshooting.md")
	source := ""
	for _, folder := range []string{"auth", "provider"} {
		files, err := filepath.Glob(root + "internal/" + folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				source += contentOf(t, file)
			}
		}
	}
	for _, h := range headline.FindAllStringSubmatch(guide, -1) {
		if words := strings.TrimSuffix(h[1], "…"); !strings.Contains(source, words) && !reportedElsewhere[words] {
			t.Errorf("the guide explains %q, which is not an error of the provider", h[1])
		}
	}
	for _, m := range append(summary.FindAllStringSubmatch(source, -1), reported.FindAllStringSubmatch(source, -1)...) {
		words := strings.Join(m[1:], "")
		if !strings.Contains(guide, "### "+strings.TrimSpace(words)) && !unexplained[words] {
			t.Errorf("the guide does not explain %q", words)
		}
	}
}

// reportedElsewhere are errors whose words are not in the source in one piece. The tests of
// the provider hold it to both.
var reportedElsewhere = map[string]bool{
	"No such database": true,
}

// unexplained are errors that need no explanation, or that should not occur.
var unexplained = map[string]bool{
	"Provider not configured":                      true,
	"Invalid environment variable ":                true,
	"Invalid ":                                     true,
	"Cannot sign in":                               true,
	"Cannot sign in with ":                         true,
	"Cannot read the identity in the access token": true,
	"The access token does not match tenant_id":    true,
	"Could not ":                                   true,
	"Interrupted: could not ":                      true,
	"No such ":                                     true,
	"Writes a principal's fully qualified name":    true,
	"Reads a principal's fully qualified name":     true,
	"Reads the grants in a script":                 true,
	"Signing in did not finish":                    true,
}

func pages(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob(root + "*.md")
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(root+"docs", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func contentOf(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
