// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// The timeouts of operations that `timeouts` does not set.
const (
	writeTimeout = 15 * time.Minute
	readTimeout  = 5 * time.Minute
)

// timeoutAttributes is the attribute `timeouts`.
func timeoutAttributes(ctx context.Context) schema.Attribute {
	all := timeouts.Attributes(ctx, timeouts.Opts{
		Create: true, Read: true, Update: true, Delete: true,
		CreateDescription: timeoutDescription("15m", "Includes waiting for a newly created principal to propagate in Microsoft Entra ID."),
		ReadDescription:   timeoutDescription("5m", "Also limits how long a plan waits for Kusto."),
		UpdateDescription: timeoutDescription("15m", ""),
		DeleteDescription: timeoutDescription("15m", ""),
	})
	nested, ok := all.(schema.SingleNestedAttribute)
	if !ok {
		return all
	}
	// The module's own validator accepts 0s, with which every operation fails at once.
	for name, a := range nested.Attributes {
		if text, ok := a.(schema.StringAttribute); ok {
			text.Validators = []validator.String{timeoutText(name)}
			nested.Attributes[name] = text
		}
	}
	return nested
}

func timeoutDescription(defaultTimeout, more string) string {
	return strings.TrimSpace("A duration such as \"30s\" or \"2h45m\". Defaults to " + defaultTimeout + ". " + more)
}

// timeoutText checks one timeout. Its errors name it, because a CLI shows the line of the
// whole resource.
func timeoutText(name string) checkedString {
	return checkedString{"a duration greater than zero, such as 30s or 2h45m", "Invalid timeout", func(s string) error {
		d, err := time.ParseDuration(s)
		switch {
		case err != nil:
			return fmt.Errorf("the value of timeouts.%s must be a duration such as \"30s\" or \"2h45m\", and %q is not", name, s)
		case d <= 0:
			return fmt.Errorf("the value of timeouts.%s must be greater than zero, and %q is not; omit it for the default", name, s)
		}
		return nil
	}}
}

// timeout is one of a resource's timeouts.
type timeout struct {
	name         string // of the attribute in `timeouts`
	of           func(timeouts.Value, context.Context, time.Duration) (time.Duration, diag.Diagnostics)
	defaultValue time.Duration
}

var (
	createTimeout  = timeout{"create", timeouts.Value.Create, writeTimeout}
	readingTimeout = timeout{"read", timeouts.Value.Read, readTimeout}
	updateTimeout  = timeout{"update", timeouts.Value.Update, writeTimeout}
	deleteTimeout  = timeout{"delete", timeouts.Value.Delete, writeTimeout}
)

// start bounds an operation by the model's timeout for it. A context that is done for that
// reason has the cause [timeoutError].
func (t timeout) start(ctx context.Context, m *commonModel, diags *diag.Diagnostics) (context.Context, context.CancelFunc) {
	limit, more := t.of(m.timeouts, ctx, t.defaultValue)
	diags.Append(more...)
	if more.HasError() {
		limit = t.defaultValue
	}
	return context.WithTimeoutCause(ctx, limit, timeoutError{t.name, limit})
}

// timeoutError is why the context of an operation is done: a context.DeadlineExceeded.
type timeoutError struct {
	name  string // of the attribute in `timeouts`
	limit time.Duration
}

func (t timeoutError) Error() string {
	return fmt.Sprintf("the operation timed out after %s (timeouts.%s)", t.limit, t.name)
}

func (timeoutError) Unwrap() error { return context.DeadlineExceeded }

// timeoutsOf returns the timeouts attribute of an object.
func timeoutsOf(v attr.Value) timeouts.Value {
	t, _ := v.(timeouts.Value)
	return t
}
