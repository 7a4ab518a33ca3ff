package emulator

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// IdentityHeader is the value for IDENTITY_HEADER that goes with [Emulator.ManagedIdentityEndpoint].
const IdentityHeader = "not-a-secret-identity-header"

// AssignIdentity makes p an identity of the machine or app that asks the
// identity endpoints. The first one is the system-assigned one, the others are
// user-assigned and asked for by client or object id. With none, the endpoints
// answer as on a machine without identity.
func (d *Directory) AssignIdentity(p *Principal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.identities = append(d.identities, p)
}

// assignedIdentity finds the identity by client or object id; both "" mean the system-assigned one.
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

// IMDS answers like a virtual machine's instance metadata service, as regards
// tokens. The proxy serves it too for http://169.254.169.254, to clients with HTTP_PROXY set.
func (e *Emulator) IMDS() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/metadata/identity/oauth2/token":
			writeJSON(w, http.StatusNotFound, map[string]string{"error": "not_found", "error_description": "Nothing is emulated here."})
		case r.Header.Get("Metadata") != "true":
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_request", "error_description": "Required metadata header not specified"})
		default:
			e.identityToken(w, r, "Identity not found")
		}
	})
}

// ManagedIdentityEndpoint is the value for IDENTITY_ENDPOINT, an App Service's
// identity endpoint on loopback. Programs send [IdentityHeader] with each request.
func (e *Emulator) ManagedIdentityEndpoint() string { return e.msiURL }

func (e *Emulator) appServiceIdentity() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Identity-Header") != IdentityHeader {
			writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "unauthorized", "error_description": "X-IDENTITY-HEADER is not valid"})
			return
		}
		e.identityToken(w, r, "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.")
	})
}

// identityToken answers with the token of the identity that is asked for.
func (e *Emulator) identityToken(w http.ResponseWriter, r *http.Request, notFound string) {
	q := r.URL.Query()
	resource := q.Get("resource")
	objectID := q.Get("object_id")
	if objectID == "" {
		objectID = q.Get("principal_id")
	}
	p := e.directory.assignedIdentity(q.Get("client_id"), objectID)
	if p == nil || resource == "" {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_request", "error_description": notFound})
		return
	}
	if !e.entra.knownResource(resource) {
		writeJSON(w, http.StatusBadRequest, map[string]string{
			"error": "invalid_resource", "error_description": "AADSTS500011: The resource principal named " + resource + " was not found in the tenant named " + p.TenantID + ".",
		})
		return
	}
	lifetime := e.tokens.tokenLifetime()
	now := time.Now()
	writeJSON(w, http.StatusOK, map[string]string{
		"access_token": e.tokens.accessToken(p, p.AppID, resource, lifetime), "client_id": p.AppID,
		"expires_in": strconv.Itoa(int(lifetime / time.Second)), "ext_expires_in": strconv.Itoa(int(lifetime / time.Second)),
		"expires_on": strconv.FormatInt(now.Add(lifetime).Unix(), 10), "not_before": strconv.FormatInt(now.Unix(), 10),
		"resource": resource, "token_type": "Bearer",
	})
}
