// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// server is the framework's protocol server, wrapped for two corrections: see
// CallFunction and requestContext. Every request is answered by the framework.
type server struct{ frameworkServer }

// frameworkServer is everything that the framework's server can do. Terraform
// asks for list resources and actions through interfaces of their own.
type frameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

var _ frameworkServer = (*server)(nil)

// NewServer returns the constructor of the provider's protocol server. The
// version is the release's, or "dev".
func NewServer(version string, options ...Option) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		framework, ok := providerserver.NewProtocol6(New(version, options...)())().(frameworkServer)
		if !ok {
			panic("the framework's server no longer serves list resources and actions")
		}
		return &server{framework}
	}
}

// msgpackNull is null in MessagePack.
var msgpackNull = []byte{0xc0}

// CallFunction reads an argument without any bytes as null. OpenTofu 1.12 sends a
// null argument that way, and the framework reports it as an error.
func (s *server) CallFunction(ctx context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	for i, a := range req.Arguments {
		if a == nil || len(a.MsgPack) == 0 && len(a.JSON) == 0 {
			req.Arguments[i] = &tfprotov6.DynamicValue{MsgPack: msgpackNull}
		}
	}
	return s.frameworkServer.CallFunction(ctx, req)
}
