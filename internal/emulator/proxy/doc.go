// SPDX-License-Identifier: MPL-2.0

// Package proxy is an HTTP CONNECT proxy that serves chosen hosts itself. It ends
// TLS with certificates of its own authority, as a corporate proxy does, and
// records the requests. It refuses every other host, or lets requests for it through.
package proxy
