// SPDX-License-Identifier: MPL-2.0

// Command docgen makes what the documentation is generated from:
//
//	docgen schema            prints the provider's schema, as `terraform providers schema -json` does
//	docgen examples <folder> writes the examples that every securable type has
//
// The schema comes from the provider itself and not from a CLI. A CLI leaves out
// what it does not know (list resources need Terraform 1.14), so the pages would
// depend on the machine.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/kusto-community/terraform-provider-kusto/internal/provider"
)

// key is the provider address under which tfplugindocs looks for the schema. It is
// not the provider's own address.
const key = "registry.terraform.io/hashicorp/kusto"

func main() {
	err := errors.New("usage: docgen schema | docgen examples <folder>")
	switch args := os.Args[1:]; {
	case len(args) == 1 && args[0] == "schema":
		err = printSchema(context.Background())
	case len(args) == 2 && args[0] == "examples":
		err = writeExamples(args[1])
	}
	if err != nil {
		log.Fatal(err)
	}
}

func printSchema(ctx context.Context) error {
	schema, err := read(ctx)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(object{"format_version": "1.0", "provider_schemas": object{key: schema}})
}

// read asks the provider over the plugin protocol, inside this process.
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
		"action_schemas":             each(got.ActionSchemas, func(a *tfprotov6.ActionSchema) object { return schemaOf(a.Schema) }),
		"list_resource_schemas":      each(got.ListResourceSchemas, schemaOf),
		"functions":                  each(got.Functions, functionOf),
		"resource_identity_schemas":  each(identities.IdentitySchemas, identityOf),
	}, nil
}
