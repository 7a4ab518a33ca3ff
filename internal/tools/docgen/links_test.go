// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// onGitHub is how a link to a file, a folder or a picture of this repository begins. The
// registry has no pictures of its own.
var onGitHub = regexp.MustCompile(`^https://(?:github\.com/kusto-community/terraform-provider-kusto/(?:blob|tree)|raw\.githubusercontent\.com/kusto-community/terraform-provider-kusto)/main/`)

// faultOf says what is wrong with a link. It is empty if nothing is, or if the link
// leads out of the project.
func faultOf(t *testing.T, page, link string) string {
	t.Helper()
	target, anchor, _ := strings.Cut(link, "#")
	file := filepath.Join(filepath.Dir(page), filepath.FromSlash(target))
	switch {
	case onGitHub.MatchString(target):
		file = filepath.Join(root, filepath.FromSlash(onGitHub.ReplaceAllString(target, "")))
	case strings.Contains(target, "://"):
		return ""
	case target == "":
		file = page
	}
	if _, err := os.Stat(file); err != nil {
		return "which does not exist"
	}
	if anchor != "" && !anchorsOf(contentOf(t, file))[anchor] {
		return "where no headline has this anchor"
	}
	return ""
}

var (
	fenced     = regexp.MustCompile("(?ms)^( *)(```+|~~~+).*?^ *(```+|~~~+)$")
	headlines  = regexp.MustCompile(`(?m)^#{1,6} +(.+?)(?: +#+)?$`)
	linked     = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	madeAnchor = regexp.MustCompile(`<a (?:id|name)="([^"]+)">`)
)

// anchorsOf are the anchors that GitHub and the registry give a page: one for each
// headline, and those that are written in it.
func anchorsOf(content string) map[string]bool {
	content = fenced.ReplaceAllString(content, "")
	anchors := map[string]bool{}
	for _, a := range madeAnchor.FindAllStringSubmatch(content, -1) {
		anchors[a[1]] = true
	}
	seen := map[string]int{}
	for _, h := range headlines.FindAllStringSubmatch(content, -1) {
		slug := slugOf(h[1])
		if n := seen[slug]; n > 0 {
			anchors[fmt.Sprintf("%s-%d", slug, n)] = true
		} else {
			anchors[slug] = true
		}
		seen[slug]++
	}
	return anchors
}

// slugOf is GitHub's anchor of a headline: in lower case, with hyphens for spaces and
// without other signs.
func slugOf(headline string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			return unicode.ToLower(r)
		}
		return -1
	}, linked.ReplaceAllString(headline, "$1"))
}

func TestAnchorsOf_areThoseOfGitHub(t *testing.T) {
	t.Parallel()
	got := anchorsOf("# What a real cluster does\n## `kusto_x` & [a link](y.md)\n### Mock\n### Mock\n```sh\n# no headline\n```\n<a id=\"nestedatt--x\"></a>\n")
	for _, want := range []string{"what-a-real-cluster-does", "kusto_x--a-link", "mock", "mock-1", "nestedatt--x"} {
		if !got[want] {
			t.Errorf("%q is missing in %v", want, got)
		}
	}
	if len(got) != 5 {
		t.Errorf("the anchors are %v", got)
	}
}
