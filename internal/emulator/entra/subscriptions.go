// SPDX-License-Identifier: MPL-2.0

package entra

import (
	"net/http"
	"strings"
)

// managementHosts are the hosts of Azure Resource Manager.
var managementHosts = []string{"management.azure.com", "management.usgovcloudapi.net", "management.chinacloudapi.cn"}

type subscription struct{ id, name, tenantID string }

// AddSubscription adds a subscription that every principal of its tenant sees.
func (d *Directory) AddSubscription(id, name, tenantID string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.subscriptions = append(d.subscriptions, subscription{id, name, tenantID})
}

// resourceManager answers the two lists that the Azure CLI needs: subscriptions and tenants.
func (s *Server) resourceManager() http.Handler {
	audiences := map[string]bool{}
	for resource := range managementResources {
		audiences[resource] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, err := s.tokens.verify(bearer(r), audiences)
		if err != nil {
			w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="https://login.microsoftonline.com/common"`)
			writeARMError(w, http.StatusUnauthorized, "InvalidAuthenticationToken", "The access token is invalid: "+err.Error())
			return
		}
		switch strings.ToLower(strings.TrimRight(r.URL.Path, "/")) {
		case "/subscriptions":
			writeJSON(w, http.StatusOK, s.directory.subscriptionList(claims.TenantID))
		case "/tenants":
			writeJSON(w, http.StatusOK, s.directory.tenantList(claims.TenantID))
		default:
			writeARMError(w, http.StatusNotFound, "ResourceNotFound", "The emulator does not serve "+r.URL.Path+".")
		}
	})
}

func writeARMError(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, map[string]any{"error": map[string]string{"code": code, "message": message}})
}

func (d *Directory) subscriptionList(tenantID string) any {
	d.mu.RLock()
	defer d.mu.RUnlock()
	list := []any{}
	for _, s := range d.subscriptions {
		if s.tenantID != tenantID {
			continue
		}
		list = append(list, map[string]any{
			"id": "/subscriptions/" + s.id, "subscriptionId": s.id, "displayName": s.name, "tenantId": s.tenantID,
			"state": "Enabled", "authorizationSource": "RoleBased", "managedByTenants": []any{},
			"subscriptionPolicies": map[string]string{
				"locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off",
			},
		})
	}
	return map[string]any{"value": list, "count": map[string]any{"type": "Total", "value": len(list)}}
}

func (d *Directory) tenantList(tenantID string) any {
	t := d.tenant(tenantID)
	if t == nil {
		return map[string]any{"value": []any{}}
	}
	return map[string]any{"value": []any{map[string]any{
		"id": "/tenants/" + t.id, "tenantId": t.id, "displayName": t.displayName, "domains": t.domains,
		"defaultDomain": t.domains[0], "tenantCategory": "Home", "countryCode": "NL", "tenantType": "AAD",
	}}}
}

// bearer is the request's access token, "" without one.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
