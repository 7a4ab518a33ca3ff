// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/kusto-community/terraform-provider-kusto/internal/cloud"
)

// What a Conn does with a cluster is tested in the package kusto, against the emulator.

// noCredential signs in nowhere.
type noCredential struct{}

func (noCredential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, errors.New("no sign-in")
}

func (noCredential) Refresh() {}

// newConn returns a Conn for a host that does not exist. It hardly waits between tries.
func newConn(t *testing.T, change ...func(*Options)) *Conn {
	t.Helper()
	o := Options{Credential: noCredential{}, Cloud: cloud.Public, Product: "terraform-provider-kusto/test"}
	o.Retry = RetryOptions{Initial: time.Millisecond, Max: 4 * time.Millisecond}
	for _, f := range change {
		f(&o)
	}
	c, err := NewConn("https://nowhere.westeurope.kusto.windows.net", o, new(Reach))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wantReason(t *testing.T, err error, want Reason) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Reason != want {
		t.Fatalf("error is %#v (%v), want %v", err, err, want)
	}
	return e
}

func wantError(t *testing.T, what string, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%q: %v", what, err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("%q: error %v, want one with %q", what, err, want)
	}
}
