package provider

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// Values as they travel: MessagePack between the CLI and the provider, JSON in a
// stored state. What is read here is plain: every attribute of the shape once,
// each known or null, nothing else. Whatever is not plain is the framework's.

var errNotPlain = errors.New("not a plain value")

// nothing is a null value as it travels.
var nothing = []byte{msgpcode.Nil}

func isNothing(v *tfprotov6.DynamicValue) bool {
	return v != nil && v.JSON == nil && bytes.Equal(v.MsgPack, nothing)
}

// unpack reads an object; false for one that is null or not plain.
func (s *shape) unpack(v *tfprotov6.DynamicValue) (map[string]attr.Value, bool) {
	if v == nil || v.JSON != nil || v.MsgPack == nil {
		return nil, false
	}
	in := bytes.NewReader(v.MsgPack)
	dec := msgpack.GetDecoder()
	defer msgpack.PutDecoder(dec)
	dec.Reset(in)
	values, err := s.unpackObject(dec)
	return values, err == nil && in.Len() == 0
}

func (s *shape) unpackObject(dec *msgpack.Decoder) (map[string]attr.Value, error) {
	length, err := dec.DecodeMapLen()
	if err != nil || length != len(s.names) {
		return nil, errNotPlain
	}
	values := make(map[string]attr.Value, length)
	for range length {
		name, err := dec.DecodeString()
		f, known := s.fields[name]
		if _, twice := values[name]; err != nil || !known || twice {
			return nil, errNotPlain
		}
		if values[name], err = f.unpack(dec); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func (f *field) unpack(dec *msgpack.Decoder) (attr.Value, error) {
	code, err := dec.PeekCode()
	switch {
	case err != nil, msgpcode.IsExt(code): // an extension stands for what is not known yet
		return nil, errNotPlain
	case code == msgpcode.Nil:
		return f.null(), dec.DecodeNil()
	}
	switch f.form {
	case text:
		s, err := dec.DecodeString()
		return types.StringValue(s), err
	case truth:
		b, err := dec.DecodeBool()
		return types.BoolValue(b), err
	case object:
		values, err := f.nested.unpackObject(dec)
		if err != nil {
			return nil, err
		}
		return types.ObjectValueMust(f.nested.types, values), nil
	case texts:
		return f.unpackSet(dec)
	}
	return f.unpackMap(dec)
}

func (f *field) null() attr.Value {
	switch f.form {
	case text:
		return types.StringNull()
	case truth:
		return types.BoolNull()
	case object:
		return types.ObjectNull(f.nested.types)
	case texts:
		return types.SetNull(types.StringType)
	}
	return types.MapNull(types.ObjectType{AttrTypes: f.nested.types})
}

func (f *field) unpackSet(dec *msgpack.Decoder) (attr.Value, error) {
	length, err := dec.DecodeArrayLen()
	if err != nil || length < 0 {
		return nil, errNotPlain
	}
	one := field{form: text}
	set := newTexts()
	for range length {
		element, err := one.unpack(dec)
		if err != nil || !set.add(element) {
			return nil, errNotPlain
		}
	}
	return set.value(), nil
}

func (f *field) unpackMap(dec *msgpack.Decoder) (attr.Value, error) {
	length, err := dec.DecodeMapLen()
	if err != nil || length < 0 {
		return nil, errNotPlain
	}
	elements := make(map[string]attr.Value)
	one := field{form: object, nested: f.nested}
	for range length {
		key, err := dec.DecodeString()
		if _, twice := elements[key]; err != nil || twice {
			return nil, errNotPlain
		}
		if elements[key], err = one.unpack(dec); err != nil || elements[key].IsNull() {
			return nil, errNotPlain
		}
	}
	return types.MapValueMust(types.ObjectType{AttrTypes: f.nested.types}, elements), nil
}

// textSet gathers the elements of a set, which are known, and each there once.
type textSet struct {
	elements []attr.Value
	seen     map[string]bool
}

func newTexts() *textSet { return &textSet{elements: []attr.Value{}, seen: make(map[string]bool)} }

func (t *textSet) add(element attr.Value) bool {
	s := stringOf(element)
	if s.IsNull() || t.seen[s.ValueString()] {
		return false
	}
	t.seen[s.ValueString()] = true
	t.elements = append(t.elements, element)
	return true
}

func (t *textSet) value() attr.Value { return types.SetValueMust(types.StringType, t.elements) }

// parse reads an object of a stored state.
func (s *shape) parse(raw []byte) (map[string]attr.Value, bool) {
	in := bytes.NewReader(raw)
	dec := json.NewDecoder(in)
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return nil, false
	}
	values, err := s.parseObject(dec)
	return values, err == nil && !dec.More()
}

// parseObject reads what is behind the opening brace.
func (s *shape) parseObject(dec *json.Decoder) (map[string]attr.Value, error) {
	values := make(map[string]attr.Value, len(s.names))
	for dec.More() {
		name, err := keyOf(dec)
		f, known := s.fields[name]
		if _, twice := values[name]; err != nil || !known || twice {
			return nil, errNotPlain
		}
		if values[name], err = f.parse(dec); err != nil {
			return nil, err
		}
	}
	if len(values) != len(s.names) {
		return nil, errNotPlain
	}
	_, err := dec.Token() // the closing brace
	return values, err
}

func keyOf(dec *json.Decoder) (string, error) {
	token, err := dec.Token()
	key, ok := token.(string)
	if err != nil || !ok {
		return "", errNotPlain
	}
	return key, nil
}

func (f *field) parse(dec *json.Decoder) (attr.Value, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case nil:
		return f.null(), nil
	case string:
		if f.form == text {
			return types.StringValue(token), nil
		}
	case bool:
		if f.form == truth {
			return types.BoolValue(token), nil
		}
	case json.Delim:
		return f.parseNested(dec, token)
	}
	return nil, errNotPlain
}

func (f *field) parseNested(dec *json.Decoder, opening json.Delim) (attr.Value, error) {
	switch {
	case f.form == object && opening == '{':
		values, err := f.nested.parseObject(dec)
		if err != nil {
			return nil, err
		}
		return types.ObjectValueMust(f.nested.types, values), nil
	case f.form == texts && opening == '[':
		return parseSet(dec)
	case f.form == objects && opening == '{':
		return f.parseMap(dec)
	}
	return nil, errNotPlain
}

func parseSet(dec *json.Decoder) (attr.Value, error) {
	one := field{form: text}
	set := newTexts()
	for dec.More() {
		element, err := one.parse(dec)
		if err != nil || !set.add(element) {
			return nil, errNotPlain
		}
	}
	_, err := dec.Token()
	return set.value(), err
}

func (f *field) parseMap(dec *json.Decoder) (attr.Value, error) {
	elements := make(map[string]attr.Value)
	one := field{form: object, nested: f.nested}
	for dec.More() {
		key, err := keyOf(dec)
		if _, twice := elements[key]; err != nil || twice {
			return nil, errNotPlain
		}
		if elements[key], err = one.parse(dec); err != nil || elements[key].IsNull() {
			return nil, errNotPlain
		}
	}
	_, err := dec.Token()
	return types.MapValueMust(types.ObjectType{AttrTypes: f.nested.types}, elements), err
}
