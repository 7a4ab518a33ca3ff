// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"regexp"
	"strings"
)

// released is the version of a release. Others have no documentation of their own.
var released = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$`)

// help is the address of the section of the guide Troubleshooting about an error, in the
// documentation of this version. Empty for a nil session.
func (s *session) help(summary string) string {
	if s == nil {
		return ""
	}
	version := "latest"
	if released.MatchString(s.version) && !strings.HasSuffix(s.version, "-dev") {
		version = s.version
	}
	return "https://registry.terraform.io/providers/kusto-community/kusto/" + version + "/docs/guides/troubleshooting#" + anchor(heading(summary))
}

// heading is the guide's heading for an error's summary.
func heading(summary string) string {
	for _, begin := range []string{"Could not ", "Not authorized to ", "Interrupted: could not ", "Timed out: could not "} {
		if strings.HasPrefix(summary, begin) {
			return begin
		}
	}
	if strings.HasPrefix(summary, "No such ") {
		return "No such database"
	}
	return summary
}

// anchor is the anchor of a heading.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_", r):
			return r
		}
		return -1
	}, strings.ToLower(heading))
}
