// SPDX-License-Identifier: MPL-2.0

package entra

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// IdentityHeader is the value for IDENTITY_HEADER that the endpoint of
// [Server.AppServiceIdentity] expects.
const IdentityHeader = "not-a-secret-identity-header"

// AssignIdentity makes p a managed identity of the machine. The first one is
// system-assigned. The others are user-assigned, and requested by client id or
// object id. Before the first call the machine has no identity.
func (d *Directory) AssignIdentity(p *Principal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.identities = append(d.identities, p)
}

// assignedIdentity finds an identity by client id or object id; the system-assigned one if both are "".
func (d *Directory) assignedIdentity(clientID, objectID string) *Principal {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, p := range d.identities {
		if clientID == "" && objectID == "" || strings.EqualFold(p.AppID, clientID) || strings.EqualFold(p.ObjectID, objectID) {
			return p
		}
	}
	return nil
}

// IMDSAddress is the address of a virtual machine's instance metadata service.
// It speaks plain HTTP, so requests reach a proxy only where HTTP_PROXY is set.
const IMDSAddress = "169.254.169.254"

// IMDS is the token endpoint of a virtual machine's instance metadata service.
func (s *Server) IMDS() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/metadata/identity/oauth2/token":
			writeJSON(w, http.StatusNotFound, map[string]string{"error": "not_found", "error_description": "The emulator serves only /metadata/identity/oauth2/token."})
		case r.Header.Get("Metadata") != "true":
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_request", "error_description": "Required metadata header not specified"})
		default:
			s.identityToken(w, r, "Identity not found")
		}
	})
}

// AppServiceIdentity is App Service's token endpoint. Its address goes into
// IDENTITY_ENDPOINT, and [IdentityHeader] into IDENTITY_HEADER.
func (s *Server) AppServiceIdentity() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Identity-Header") != IdentityHeader {
			writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "unauthorized", "error_description": "X-IDENTITY-HEADER is not valid"})
			return
		}
		s.identityToken(w, r, "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.")
	})
}

// identityToken answers with a token of the requested identity.
func (s *Server) identityToken(w http.ResponseWriter, r *http.Request, notFound string) {
	q := r.URL.Query()
	resource := q.Get("resource")
	objectID := q.Get("object_id")
	if objectID == "" {
		objectID = q.Get("principal_id")
	}
	p := s.directory.assignedIdentity(q.Get("client_id"), objectID)
	if p == nil || resource == "" {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_request", "error_description": notFound})
		return
	}
	if !s.knownResource(resource) {
		writeJSON(w, http.StatusBadRequest, map[string]string{
			"error": "invalid_resource", "error_description": "AADSTS500011: The resource principal named " + resource + " was not found in the tenant named " + p.TenantID + ".",
		})
		return
	}
	lifetime := s.tokens.lifetime
	now := time.Now()
	writeJSON(w, http.StatusOK, map[string]string{
		"access_token": s.tokens.accessToken(p, p.AppID, resource, lifetime), "client_id": p.AppID,
		"expires_in": strconv.Itoa(int(lifetime / time.Second)), "ext_expires_in": strconv.Itoa(int(lifetime / time.Second)),
		"expires_on": strconv.FormatInt(now.Add(lifetime).Unix(), 10), "not_before": strconv.FormatInt(now.Unix(), 10),
		"resource": resource, "token_type": "Bearer",
	})
}
