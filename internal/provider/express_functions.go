package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// packedNull is null as it travels: MessagePack's nil.
var packedNull = []byte{0xc0}

// CallFunction reads an argument without any bytes as null: that is how OpenTofu
// (1.12) sends one, and the framework reads it as a fault.
func (e *express) CallFunction(ctx context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	for i, a := range req.Arguments {
		if a == nil || len(a.MsgPack) == 0 && len(a.JSON) == 0 {
			req.Arguments[i] = &tfprotov6.DynamicValue{MsgPack: packedNull}
		}
	}
	return e.frameworkServer.CallFunction(ctx, req)
}
