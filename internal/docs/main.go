// Command docs prints the provider's schema in the form of `terraform providers
// schema -json`, for tfplugindocs to make pages from.
//
// Asking a CLI would document only the kinds of things which that CLI has heard of
// (list resources want Terraform 1.14), so pages would change with the machine.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/kusto-community/terraform-provider-kusto/internal/provider"
)

// key is the address under which tfplugindocs looks for the schema, whatever the
// provider's own is.
const key = "registry.terraform.io/hashicorp/kusto"

func main() {
	schema, err := read(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	err = out.Encode(object{"format_version": "1.0", "provider_schemas": object{key: schema}})
	if err != nil {
		log.Fatal(err)
	}
}

// read asks the provider over its own protocol, without a process or a network.
func read(ctx context.Context) (object, error) {
	server, err := providerserver.NewProtocol6WithError(provider.New("")())()
	if err != nil {
		return nil, err
	}
	got, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, err
	}
	for _, d := range append(got.Diagnostics, identities.Diagnostics...) {
		return nil, fmt.Errorf("%s: %s", d.Summary, d.Detail)
	}
	return object{
		"provider":                   schemaOf(got.Provider),
		"resource_schemas":           each(got.ResourceSchemas, schemaOf),
		"data_source_schemas":        each(got.DataSourceSchemas, schemaOf),
		"ephemeral_resource_schemas": each(got.EphemeralResourceSchemas, schemaOf),
		"list_resource_schemas":      each(got.ListResourceSchemas, schemaOf),
		"functions":                  each(got.Functions, functionOf),
		"resource_identity_schemas":  each(identities.IdentitySchemas, identityOf),
	}, nil
}
