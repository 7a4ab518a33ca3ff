package provider

import (
	"bytes"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// unknown is a value that is not known yet, as it travels.
var unknown = msgpack.RawMessage{msgpcode.FixExt1, 0, 0}

// pack writes an object as it travels; nil where a value is not of the shape.
func (s *shape) pack(values map[string]attr.Value) *tfprotov6.DynamicValue {
	var out bytes.Buffer
	enc := msgpack.GetEncoder()
	defer msgpack.PutEncoder(enc)
	enc.Reset(&out)
	if err := s.packObject(enc, values); err != nil {
		return nil
	}
	return &tfprotov6.DynamicValue{MsgPack: out.Bytes()}
}

func (s *shape) packObject(enc *msgpack.Encoder, values map[string]attr.Value) error {
	if err := enc.EncodeMapLen(len(s.names)); err != nil {
		return err
	}
	for _, name := range s.names {
		if err := enc.EncodeString(name); err != nil {
			return err
		}
		if err := s.fields[name].pack(enc, values[name]); err != nil {
			return err
		}
	}
	return nil
}

func (f *field) pack(enc *msgpack.Encoder, value attr.Value) error {
	if value == nil {
		return errNotPlain
	}
	switch {
	case value.IsNull():
		return enc.EncodeNil()
	case value.IsUnknown():
		return enc.Encode(unknown)
	}
	switch value := value.(type) {
	case types.String:
		return enc.EncodeString(value.ValueString())
	case types.Bool:
		return enc.EncodeBool(value.ValueBool())
	case types.Object:
		return f.nested.packObject(enc, value.Attributes())
	case types.Set:
		return packSet(enc, value)
	case types.Map:
		return f.packMap(enc, value)
	}
	return errNotPlain
}

func packSet(enc *msgpack.Encoder, value types.Set) error {
	elements := value.Elements()
	if err := enc.EncodeArrayLen(len(elements)); err != nil {
		return err
	}
	for _, e := range elements {
		if err := enc.EncodeString(stringOf(e).ValueString()); err != nil {
			return err
		}
	}
	return nil
}

func (f *field) packMap(enc *msgpack.Encoder, value types.Map) error {
	elements := value.Elements()
	if err := enc.EncodeMapLen(len(elements)); err != nil {
		return err
	}
	for key, e := range elements {
		if err := enc.EncodeString(key); err != nil {
			return err
		}
		object, ok := e.(types.Object)
		if !ok {
			return errNotPlain
		}
		if err := f.nested.packObject(enc, object.Attributes()); err != nil {
			return err
		}
	}
	return nil
}
