// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"

	kustoerrors "github.com/Azure/azure-kusto-go/azkustodata/errors"

	"github.com/kusto-community/terraform-provider-kusto/internal/httpclient"
)

// classify turns a failed attempt into an Error. x is what the transport and the
// credential recorded, ctx is the context of the attempt's caller.
func classify(ctx context.Context, uri ClusterURI, err error, x *attempt) *Error {
	e := &Error{
		Cluster: uri, Status: x.status, ActivityID: x.activityID, RetryAfter: x.retryAfter,
		Err: err, began: x.began,
	}
	var httpErr *kustoerrors.HttpError
	var unexpected *Error
	var later *laterError
	switch {
	case errors.As(err, &httpErr):
		e.fromHTTP(httpErr, x)
	case errors.As(err, &later):
		e.readLater(later.refusal)
	case errors.As(err, &unexpected) && unexpected.Reason == ErrUnexpectedAnswer:
		e.Reason, e.Message, e.Body = unexpected.Reason, unexpected.Message, unexpected.Body
	case isTimeUp(ctx) && x.phase != "" && x.netErr != nil:
		e.setSilent()
	case ctx.Err() != nil:
		e.Reason, e.Err = ErrInterrupted, context.Cause(ctx)
	case x.tokenErr != nil:
		e.fromToken(x.tokenErr)
	case x.netErr != nil:
		if e.fromNetwork(x.netErr); x.status == http.StatusOK && e.Reason == ErrUnavailable {
			e.Status, e.Message = x.status, errCutShort.Error()+": "+x.netErr.Error()
		}
	case x.phase == "metadata":
		e.fromMetadata(x)
	default:
		e.fromSDK(err)
	}
	return e
}

// fromToken: no token was obtained, or it would have been one for another service.
func (e *Error) fromToken(cause error) {
	e.Reason, e.Err, e.Status = ErrSignIn, cause, 0
	var refused *Error
	if errors.As(cause, &refused) {
		e.Reason, e.Message = refused.Reason, refused.Message
	}
}

// fromHTTP reads Kusto's error envelope.
func (e *Error) fromHTTP(httpErr *kustoerrors.HttpError, x *attempt) {
	e.Status = httpErr.StatusCode
	if e.Status >= 300 && e.Status < 400 {
		e.Reason = ErrUntrusted
		e.Message = fmt.Sprintf("the cluster answered with a redirect to %q, which is not followed: the request carries a token for this host alone", x.location)
		return
	}
	e.read(readRefusal(x.refused))
	if e.Message == "" {
		e.Message = "the answer held no explanation: " + http.StatusText(e.Status)
	}
}

// read takes over what the service says.
func (e *Error) read(r refusal) {
	e.Code, e.Message, e.Permanent = r.Code, cmp.Or(r.Message, r.General), r.Permanent
	e.Type, e.Wrapped = r.Type, r.Wrapped
	e.RequestID = cmp.Or(r.Context.ClientRequestID, e.RequestID)
	e.ActivityID = cmp.Or(r.Context.ActivityID, e.ActivityID)
	e.Reason = r.reasonOf(cmp.Or(r.Status, e.Status))
	e.Subject, e.Kind = r.subject()
}

// fromNetwork: the connection could not be made, or was cut. A certificate that
// does not verify is final.
func (e *Error) fromNetwork(cause error) {
	e.Reason, e.Err, e.Status = ErrUnavailable, cause, 0
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var proxy *httpclient.ProxyAuthenticationError
	var file *httpclient.CertificateFileError
	switch {
	case errors.As(cause, &proxy):
		e.Reason, e.Message = ErrProxyAuthentication, proxy.Error()
		return
	case errors.Is(cause, context.DeadlineExceeded):
		e.setSilent()
		return
	}
	e.Permanent = errors.As(cause, &certificate) || errors.As(cause, &authority) || errors.As(cause, &host) || errors.As(cause, &file)
	e.Message = "the connection to the cluster failed: " + cause.Error()
}

// NoSuchHost reports whether the host name of the cluster does not exist. The command was
// never sent.
func (e *Error) NoSuchHost() bool {
	var lookup *net.DNSError
	return e.Reason == ErrUnavailable && errors.As(e.Err, &lookup) && lookup.IsNotFound
}

// setSilent: the cluster accepted the connection, or did not refuse it, and said nothing.
func (e *Error) setSilent() {
	e.Reason, e.Status = ErrSilent, 0
	e.Message = "the cluster did not answer in time"
}

// TimedOut reports whether the service did not finish a command in its time. A
// command with fewer principals may.
func (e *Error) TimedOut() bool {
	return e.Reason == ErrSilent || e.Status == http.StatusGatewayTimeout || e.Status == http.StatusRequestTimeout
}

// fromMetadata: the cluster's sign-in metadata could not be read, or names a login
// host of another cloud. The cluster's own host was checked before.
func (e *Error) fromMetadata(x *attempt) {
	e.Reason = reasonOfStatus(x.status)
	if x.status < 300 {
		e.Reason, e.Body = ErrUnexpectedAnswer, x.beginning(x.metadata)
	}
	e.Message = fmt.Sprintf("the cluster's sign-in metadata (/v1/rest/auth/metadata) could not be read: %v", e.Err)
	var sdk *kustoerrors.Error
	if errors.As(e.Err, &sdk) && sdk.Kind == kustoerrors.KClientArgs {
		e.fromUntrustedLogin()
	}
}

// fromUntrustedLogin: the SDK does not trust the cluster with the login host that
// the metadata names.
func (e *Error) fromUntrustedLogin() {
	e.Reason, e.Status = ErrUntrusted, 0
	e.Message = "the cluster's sign-in metadata names a login host that does not belong to this cluster's cloud, so no token is sent to it"
}

// readLater takes over an error in an answer with the status 200: the command started, and
// failed later.
func (e *Error) readLater(r refusal) {
	e.read(r)
	e.Reason = r.reasonOf(cmp.Or(r.Status, http.StatusServiceUnavailable))
}

// fromSDK: the SDK sent nothing, or the answer was cut short.
func (e *Error) fromSDK(err error) {
	e.Reason, e.Message = ErrUnavailable, err.Error()
	var sdk *kustoerrors.Error
	switch {
	case errors.Is(err, errCutShort):
		e.Message = errCutShort.Error()
	case errors.As(err, &sdk) && sdk.Kind == kustoerrors.KClientArgs && e.Status == 0:
		e.fromUntrustedLogin()
	}
}
