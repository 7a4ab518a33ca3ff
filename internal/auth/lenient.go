// SPDX-License-Identifier: MPL-2.0

package auth

import "encoding/json"

// lenient is a value in JSON from outside. One of another type than T counts as absent,
// and does not cost the values beside it.
type lenient[T any] struct{ value T }

// UnmarshalJSON implements json.Unmarshaler.
func (l *lenient[T]) UnmarshalJSON(raw []byte) error {
	var value T
	if json.Unmarshal(raw, &value) == nil {
		l.value = value
	}
	return nil
}
