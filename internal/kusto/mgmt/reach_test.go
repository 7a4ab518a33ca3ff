// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/httpclient"
)

// A name that does not exist is given up sooner than a host that says nothing, but not at
// once: a cluster may have just been created.
func TestUnreachable_aNameThatDoesNotExistIsGivenUpSooner(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lookup *net.DNSError
		sooner bool
	}{
		"no such host":          {&net.DNSError{Err: "no such host", IsNotFound: true}, true},
		"no answer of a server": {&net.DNSError{Err: "i/o timeout", IsTimeout: true}, false},
	} {
		nowhere := newConn(t, func(o *Options) {
			o.Retry.Unresolved, o.Retry.Unreachable = 300*time.Millisecond, 1500*time.Millisecond
		})
		started := time.Now()
		err := nowhere.RetryTransient(t.Context(), Command{Verb: Show}, nil, func() *Error {
			e := &Error{}
			e.fromNetwork(&net.OpError{Op: "dial", Err: c.lookup})
			return e
		})
		if e := wantReason(t, err, ErrUnavailable); e.Tries < 2 || e.NoSuchHost() != c.sooner {
			t.Errorf("%s: %#v", name, e)
		}
		if took := time.Since(started); took < 300*time.Millisecond || took >= 1500*time.Millisecond == c.sooner {
			t.Errorf("%s: given up after %s", name, took)
		}
	}
}

func TestProxy_thatWantsCredentialsIsFinal(t *testing.T) {
	t.Parallel()
	c := newConn(t)
	e := &Error{}
	e.fromNetwork(fmt.Errorf("proxyconnect: %w", &httpclient.ProxyAuthenticationError{Proxy: "http://proxy:3128"}))
	if e.Reason != ErrProxyAuthentication || c.transient()(e) {
		t.Errorf("%#v", e)
	}
}

func TestCertificateFile_thatCannotBeUsedIsFinal(t *testing.T) {
	t.Parallel()
	c := newConn(t)
	e := &Error{}
	e.fromNetwork(&httpclient.CertificateFileError{File: "/proxy.pem", Err: errors.New("no certificates")})
	if e.Reason != ErrUnavailable || c.transient()(e) || !strings.Contains(e.Error(), "SSL_CERT_FILE=/proxy.pem: no certificates") {
		t.Errorf("%#v", e)
	}
}
