// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// entraAudience is the audience that Microsoft Entra ID expects in a federated token.
const entraAudience = "api://AzureADTokenExchange"

// errIdentityProvider reports an identity provider that issued no token.
var errIdentityProvider = errors.New("no token from the identity provider")

func (b *builder) oidcToken() (azcore.TokenCredential, error) {
	return b.federated(func(context.Context) (string, error) { return b.config.OIDCToken, nil })
}

// oidcTokenFile reads the file for each sign-in, since its writer renews it.
func (b *builder) oidcTokenFile() (azcore.TokenCredential, error) {
	path := b.config.OIDCTokenFilePath
	// A wrong path is found here, before the first sign-in.
	if _, err := os.ReadFile(path); err != nil {
		return nil, configError("Cannot read the OIDC token file", "oidc_token_file_path",
			"The file that %s names could not be read: %v.", b.config.source("oidc_token_file_path"), err)
	}
	return b.federated(func(context.Context) (string, error) {
		content, err := os.ReadFile(path)
		return string(decodeText(content)), err
	})
}

// federated signs in with the token that assertion returns.
func (b *builder) federated(assertion func(context.Context) (string, error)) (azcore.TokenCredential, error) {
	c := b.config
	trimmed := func(ctx context.Context) (string, error) {
		token, err := assertion(ctx)
		token = strings.TrimSpace(token)
		if err == nil && token == "" {
			err = errors.New("the token is empty")
		}
		if err != nil {
			err = fmt.Errorf("%w: %w", errIdentityProvider, err)
			noteCause(ctx, err)
		}
		return token, err
	}
	return azidentity.NewClientAssertionCredential(c.TenantID, c.ClientID, trimmed, &azidentity.ClientAssertionCredentialOptions{
		ClientOptions:              b.clientOptions(),
		AdditionallyAllowedTenants: c.AuxiliaryTenantIDs,
		DisableInstanceDiscovery:   b.authority.custom,
	})
}

// gitHub requests the job's token from GitHub Actions, for which azidentity has no
// credential.
func (b *builder) gitHub() (azcore.TokenCredential, error) {
	u, err := url.Parse(b.config.OIDCRequestURL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, configError("Invalid oidc_request_url", "oidc_request_url",
			"The value of %s must be an https URL. A token is sent to it.", b.config.source("oidc_request_url"))
	}
	if query := u.Query(); !query.Has("audience") {
		query.Set("audience", entraAudience)
		u.RawQuery = query.Encode()
	}
	options := b.clientOptions()
	options.Transport = &http.Client{
		Transport:     b.client.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	pipeline := runtime.NewPipeline("auth", "", runtime.PipelineOptions{}, &options)
	return b.federated(func(ctx context.Context) (string, error) {
		return gitHubToken(ctx, pipeline, u, b.config.OIDCRequestToken)
	})
}

func gitHubToken(ctx context.Context, pipeline runtime.Pipeline, u *url.URL, requestToken string) (string, error) {
	req, err := runtime.NewRequest(ctx, http.MethodGet, u.String())
	if err != nil {
		return "", err
	}
	req.Raw().Header.Set("Authorization", "Bearer "+requestToken)
	req.Raw().Header.Set("Accept", "application/json")
	resp, err := pipeline.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	if !runtime.HasStatusCode(resp, http.StatusOK) {
		return "", gitHubRefusal(resp, u.Host)
	}
	var answer struct {
		Value string `json:"value"`
	}
	// The decoder's own error could quote the token.
	if runtime.UnmarshalAsJSON(resp, &answer) != nil {
		return "", fmt.Errorf("unexpected response from %s", u.Host)
	}
	return answer.Value, nil
}

// gitHubRefusal is the error of a response with another status than 200.
func gitHubRefusal(resp *http.Response, host string) error {
	text := fmt.Sprintf("HTTP status %d from %s", resp.StatusCode, host)
	if body, err := runtime.Payload(resp); err == nil && len(body) > 0 && resp.StatusCode >= http.StatusBadRequest {
		sentence, _ := readSentence(body)
		text += ": " + sentence
	}
	return errors.New(text)
}
