// SPDX-License-Identifier: MPL-2.0

package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

var subcategory = regexp.MustCompile(`(?m)\A---\npage_title: .*\nsubcategory: "(.*)"\n`)

// The registry has a folder in its side bar for each subcategory. Guides without one
// are in its folder Guides.
func TestPages_areInTheirFolderOfTheSideBar(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		folder, name := filepath.Base(filepath.Dir(page)), strings.TrimSuffix(filepath.Base(page), ".md")
		if !strings.HasPrefix(page, root+"docs/") || name == "index" {
			continue
		}
		found := subcategory.FindStringSubmatch(contentOf(t, page))
		if found == nil {
			t.Errorf("%s has no subcategory", page)
			continue
		}
		if got, want := found[1], subcategoryOf(folder, name); got != want {
			t.Errorf("%s is in %q, not in %q", page, got, want)
		}
	}
}

func subcategoryOf(folder, name string) string {
	if folder == "guides" {
		return guideSubcategory(name)
	}
	for _, kind := range kusto.SecurableTypes {
		switch name {
		case kind.Slug + "_principal", kind.Slug + "_principals", kind.Slug + "_role", kind.Slug + "_access":
			return strings.ToUpper(kind.Noun[:1]) + kind.Noun[1:]
		}
	}
	switch name {
	case "access_token", "client_config":
		return "Sign-in"
	}
	return "Cluster"
}

func guideSubcategory(name string) string {
	switch {
	case strings.HasPrefix(name, "authentication-"):
		return "Sign-in"
	case strings.HasPrefix(name, "migrating-"), name == "adopting-existing-grants", name == "from-scripts":
		return "Migration"
	}
	return ""
}
