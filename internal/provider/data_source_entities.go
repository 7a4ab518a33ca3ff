// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// entitiesDataSource is data "kusto_entities": the tables, functions and so on of a
// database.
type entitiesDataSource struct{ clusterDataSource }

func newEntitiesDataSource() datasource.DataSource {
	return &entitiesDataSource{clusterDataSource{typeName: "kusto_entities"}}
}

var entityTypes = stringTypes("kind", "name", "folder")

// entityKinds are the types of entity, as HCL names them.
func entityKinds() []string {
	var kinds []string
	for _, t := range kusto.SecurableTypes {
		if t.InsideDatabase() {
			kinds = append(kinds, t.Slug)
		}
	}
	return kinds
}

var nameRegex = checkedString{"a regular expression", "Invalid regular expression", func(s string) error {
	_, err := regexp.Compile(s)
	return err
}}

func (d *entitiesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the tables, external tables, materialized views, functions and graph models of a database, for example to grant a role on each of them with `for_each`.\n\n" +
			"Kusto has no grants on *all* tables: an entity that is created later gets its grants from the next plan and apply.",
		Attributes: map[string]schema.Attribute{
			"cluster_uri": clusterAttribute(),
			kusto.Database.NameAttribute(): schema.StringAttribute{
				Required: true, CustomType: databaseNameType, MarkdownDescription: "Name of the database. Case-insensitive.",
			},
			"kinds": schema.SetAttribute{
				Optional: true, ElementType: types.StringType,
				Validators: []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(entityKind(entityKinds()))},
				MarkdownDescription: "Only entities of these kinds. Possible values are " + codeList(entityKinds()) + ". Defaults to all of them. " +
					"One command is sent for each. Listing graph models requires the role Database Admin. Listing the others requires Database User, Database Viewer or Database Monitor.",
			},
			"name_regex": schema.StringAttribute{
				Optional: true, Validators: []validator.String{nameRegex},
				MarkdownDescription: "Only entities whose name matches this regular expression ([RE2](https://github.com/google/re2/wiki/Syntax)), anywhere in the name unless it has `^` and `$`.",
			},
			"entities": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The entities, sorted by kind, then by name.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"kind":   computedString("Kind of the entity: one of the values of `kinds`."),
					"name":   computedString("Name of the entity."),
					"folder": computedString("Folder in which tools show the entity. Null if it has none, and for graph models."),
				}},
			},
			"names": schema.ListAttribute{
				Computed: true, ElementType: types.StringType, MarkdownDescription: "The names of `entities`, in the same order.",
			},
		},
	}
}

func (d *entitiesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	config, client := d.open(ctx, req, resp)
	if client == nil {
		return
	}
	wanted := config.Attributes()
	matching := regexp.MustCompile(stringOf(wanted["name_regex"]).ValueString()) // was validated
	entities, names := []attr.Value{}, []attr.Value{}
	for _, t := range kusto.SecurableTypes {
		if !wantsKind(setOf(wanted["kinds"]), t) {
			continue
		}
		database := stringOf(wanted[kusto.Database.NameAttribute()]).ValueString()
		all, err := client.Entities(ctx, t, database)
		if errors.Is(err, mgmt.ErrSyntax) && setOf(wanted["kinds"]).IsNull() {
			continue // the engine has no entities of this kind
		}
		if err != nil {
			o := listing(d.session, kusto.Securable{Type: kusto.Database, Database: database}, t.Noun+"s")
			o.allowed += fmt.Sprintf(" To leave the %ss out, set kinds to those that you want.", t.Noun)
			o.addError(&resp.Diagnostics, err)
			return
		}
		for _, e := range all {
			if matching.MatchString(e.Name) {
				names = append(names, types.StringValue(e.Name))
				entities = append(entities, types.ObjectValueMust(entityTypes, map[string]attr.Value{
					"kind": types.StringValue(t.Slug), "name": types.StringValue(e.Name), "folder": optional(e.Folder),
				}))
			}
		}
	}
	answer(ctx, config, resp, map[string]attr.Value{
		"entities": types.ListValueMust(types.ObjectType{AttrTypes: entityTypes}, entities),
		"names":    types.ListValueMust(types.StringType, names),
	})
}

// wantsKind reports whether a type is among the kinds. Null is all of them.
func wantsKind(kinds types.Set, t *kusto.SecurableType) bool {
	return t.InsideDatabase() && (kinds.IsNull() || slices.ContainsFunc(kinds.Elements(), func(v attr.Value) bool {
		return stringOf(v).ValueString() == t.Slug
	}))
}
