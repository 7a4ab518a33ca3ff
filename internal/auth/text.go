// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// decodeText returns text that editors and Windows PowerShell mark with a byte order
// mark, UTF-8 or UTF-16, as UTF-8 without the mark. Anything else is returned as it is.
func decodeText(content []byte) []byte {
	text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), content)
	if err != nil {
		return content
	}
	return text
}
