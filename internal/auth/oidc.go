package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// assertion returns a token of another identity provider.
type assertion func(context.Context) (string, error)

func (b *builder) oidcToken() (azcore.TokenCredential, error) {
	token := strings.TrimSpace(b.config.OIDCToken)
	return b.federated(func(context.Context) (string, error) { return token, nil })
}

// oidcTokenFile reads the file for each sign-in, as whoever writes it renews it.
func (b *builder) oidcTokenFile() (azcore.TokenCredential, error) {
	c := b.config
	if err := checkReadable(&c, "oidc_token_file_path", c.OIDCTokenFilePath); err != nil {
		return nil, err
	}
	return b.federated(func(context.Context) (string, error) {
		content, err := os.ReadFile(c.OIDCTokenFilePath)
		if err != nil {
			return "", fmt.Errorf("the OIDC token file could not be read: %w", err)
		}
		return strings.TrimSpace(string(content)), nil
	})
}

func (b *builder) gitHub() (azcore.TokenCredential, error) {
	c := b.config
	u, err := url.Parse(c.OIDCRequestURL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, &ConfigError{
			Attributes: []string{"oidc_request_url"},
			Summary:    "Invalid oidc_request_url",
			Detail:     "The value of " + c.source("oidc_request_url") + " must be an https URL: a token is sent there.",
		}
	}
	request := gitHubRequest{url: u, token: c.OIDCRequestToken, client: &http.Client{
		Transport:     b.client.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	return b.federated(request.do)
}

func (b *builder) federated(get assertion) (azcore.TokenCredential, error) {
	c := b.config
	checked := func(ctx context.Context) (string, error) {
		token, err := get(ctx)
		if err == nil && token == "" {
			err = errors.New("the identity provider's token is empty")
		}
		return token, err
	}
	return azidentity.NewClientAssertionCredential(c.TenantID, c.ClientID, checked, &azidentity.ClientAssertionCredentialOptions{
		ClientOptions:              b.clientOptions(),
		AdditionallyAllowedTenants: c.AuxiliaryTenantIDs,
		DisableInstanceDiscovery:   b.authority.custom,
	})
}

// entraAudience is the audience that Entra expects in a federated token.
const entraAudience = "api://AzureADTokenExchange"

// maxAnswer bounds what is read of an answer; a token is a few thousand bytes.
const maxAnswer = 64 << 10

// gitHubRequest asks GitHub Actions for the job's token. It is the one request
// that azidentity has no credential for.
type gitHubRequest struct {
	url    *url.URL
	token  string
	client *http.Client
}

func (g gitHubRequest) do(ctx context.Context) (string, error) {
	target := *g.url
	query := target.Query()
	if !query.Has("audience") {
		query.Set("audience", entraAudience)
	}
	target.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return "", errors.New("the OIDC request URL is not valid")
	}
	req.Header.Set("Authorization", "Bearer "+g.token)
	req.Header.Set("Accept", "application/json")
	resp, err := g.client.Do(req)
	if err != nil {
		return "", fmt.Errorf("asking %s for the job's OIDC token: %w", g.url.Host, withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }()
	return g.read(resp)
}

func (g gitHubRequest) read(resp *http.Response) (string, error) {
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("asking %s for the job's OIDC token: HTTP status %d", g.url.Host, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return "", fmt.Errorf("reading the job's OIDC token: %w", err)
	}
	var answer struct {
		Value string `json:"value"`
	}
	// The decoder's own error could quote the token.
	if json.Unmarshal(body, &answer) != nil {
		return "", fmt.Errorf("%s did not answer with an OIDC token", g.url.Host)
	}
	return answer.Value, nil
}

// withoutURL drops the URL that Go's client puts into its errors, query and all.
func withoutURL(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// checkReadable finds a wrong path before the first sign-in, at the attribute.
func checkReadable(c *Config, attribute, path string) error {
	f, err := os.Open(path)
	if err == nil {
		_ = f.Close()
		return nil
	}
	return &ConfigError{
		Attributes: []string{attribute},
		Summary:    "Cannot read the OIDC token file",
		Detail:     fmt.Sprintf("The file that %s names could not be read: %v.", c.source(attribute), err),
	}
}
