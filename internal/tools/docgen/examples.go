// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// writeExamples writes the examples of every securable type (resources, data
// sources and list resources, with their imports) into the folders where
// tfplugindocs looks. The texts come from stories, the rest from kusto.SecurableTypes.
func writeExamples(folder string) error {
	for _, kind := range kusto.SecurableTypes {
		s, ok := stories[kind.Slug]
		if !ok {
			return fmt.Errorf("the securable type %s has no example: add one to stories.go", kind.Slug)
		}
		for path, content := range filesOf(kind, s) {
			if err := write(filepath.Join(folder, path), content); err != nil {
				return err
			}
		}
	}
	return nil
}

func write(path, content string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // examples are for everyone
		return err
	}
	return os.WriteFile(path, []byte(content), 0o644) //nolint:gosec // examples are for everyone
}

// filesOf returns the examples of a securable type by path.
func filesOf(kind *kusto.SecurableType, s story) map[string]string {
	member, role := "kusto_"+kind.Slug+"_principal", "kusto_"+kind.Slug+"_role"
	first := s.members[0]
	files := map[string]string{
		"resources/" + member + "/resource.tf":                           memberExample(kind, s),
		"data-sources/kusto_" + kind.Slug + "_principals/data-source.tf": dataExample(kind, s),
		"list-resources/" + member + "/list-resource.tfquery.hcl":        listExample(kind, s, member, "Every grant that one person holds."),
	}
	addImports(files, member, first.label, append(s.target(kind, first.role), attribute{"principal_fqn", quoted(first.principal)}))
	if kind.MembersOnly {
		return files
	}
	files["resources/"+role+"/resource.tf"] = roleExample(kind, s)
	files["list-resources/"+role+"/list-resource.tfquery.hcl"] = listExample(kind, s, role, "Every role that one person has.")
	addImports(files, role, s.role, s.target(kind, s.role))
	if len(s.access) > 0 {
		access := "kusto_" + kind.Slug + "_access"
		files["resources/"+access+"/resource.tf"] = accessExample(kind, s)
		files["list-resources/"+access+"/list-resource.tfquery.hcl"] = listExample(kind, s, access, "Every "+kind.Noun+" on which one person has a role.")
		addImports(files, access, kind.Slug, append([]attribute{{"cluster_uri", quoted(cluster)}}, s.securable(kind)...))
	}
	return files
}

// addImports adds the ways to import a resource.
func addImports(files map[string]string, resource, label string, id []attribute) {
	files["resources/"+resource+"/import.sh"] = importCommand(resource, label, id)
	files["resources/"+resource+"/import-by-string-id.tf"] = importByID(resource, label, id)
	files["resources/"+resource+"/import-by-identity.tf"] = importByIdentity(resource, label, id)
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }
