// SPDX-License-Identifier: MPL-2.0

package main

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	license   = regexp.MustCompile(`\A(?:#!.*\n)?(?://|#) SPDX-License-Identifier: MPL-2\.0\n`)
	generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)
	// unlicensed are the folders that tools/spdx.sh leaves out.
	unlicensed = map[string]bool{
		".git": true, ".cache": true, "bin": true, "dist": true, "node_modules": true,
		"testdata": true, "examples": true,
	}
)

func TestSources_nameTheirLicense(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if unlicensed[entry.Name()] {
				return fs.SkipDir
			}
			return nil
		}
		switch filepath.Ext(path) {
		case ".go", ".mjs", ".sh":
		default:
			return nil
		}
		content := strings.ReplaceAll(contentOf(t, path), "\r\n", "\n")
		if !license.MatchString(content) && !generated.MatchString(content) {
			t.Errorf("%s does not name its license: run tools/spdx.sh", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
