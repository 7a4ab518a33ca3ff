// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

const kusto = "https://kusto.kusto.windows.net"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixture is an emulator with one cluster, and a client that reaches it as a
// program behind a proxy would.
type fixture struct {
	*emulator.Emulator
	t       testing.TB
	client  *http.Client
	cluster *fakekusto.Cluster
	token   string // of ci-deployer, the cluster's admin
}

func newFixture(tb testing.TB) *fixture {
	tb.Helper()
	e, err := emulator.Start(emulator.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	s := &fixture{Emulator: e, t: tb, client: clientOf(tb, e)}
	tb.Cleanup(func() {
		s.client.CloseIdleConnections()
		if err := e.Close(); err != nil {
			tb.Error(err)
		}
	})
	deployer := e.Directory().App("ci-deployer")
	s.cluster = e.AddCluster(fakekusto.ClusterConfig{Name: "demo", Admins: []*entra.Principal{deployer}})
	s.token = e.AppToken(deployer, kusto, time.Hour)
	db := s.cluster.AddDatabase("Samples")
	db.AddTable("StormEvents")
	db.Add("external table", "Ext1")
	db.Add("materialized-view", "MV1")
	db.Add("function", "F1")
	db.AddGraphModel("G1")
	return s
}

func clientOf(tb testing.TB, e *emulator.Emulator) *http.Client {
	tb.Helper()
	proxy, err := url.Parse(e.ProxyURL())
	if err != nil {
		tb.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(e.CAPEM()) {
		tb.Fatal("the CA is not PEM")
	}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:           http.ProxyURL(proxy),
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// answer is what came back for a command.
type answer struct {
	status int
	header http.Header
	raw    []byte
	Tables []struct {
		Columns []struct{ ColumnName string }
		Rows    []json.RawMessage
	}
	Exceptions []string
	Error      struct {
		Code, Message string
		Type          string         `json:"@type"`
		Detail        string         `json:"@message"`
		Permanent     bool           `json:"@permanent"`
		Context       map[string]any `json:"@context"`
	}
}

// rows are the answer's rows as strings.
func (a *answer) rows(t *testing.T) [][]string {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("status %d: %s", a.status, a.raw)
	}
	rows := make([][]string, len(a.Tables[0].Rows))
	for i, raw := range a.Tables[0].Rows {
		if err := json.Unmarshal(raw, &rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	return rows
}

// send sends a command with a token and returns the answer, or the error of the connection.
func (s *fixture) send(token, db, csl string) (*answer, error) {
	body, err := json.Marshal(map[string]string{"db": db, "csl": csl})
	if err != nil {
		s.t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, s.cluster.URI()+"/v1/rest/mgmt", bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("x-ms-client-request-id", "test;1")
	request.Header.Set("x-ms-app", "emulator-test")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	a := &answer{status: response.StatusCode, header: response.Header}
	if a.raw, err = io.ReadAll(response.Body); err != nil {
		return nil, err
	}
	_ = json.Unmarshal(a.raw, a) // not every answer is JSON
	return a, nil
}

// run sends a command as the cluster's admin.
func (s *fixture) run(db, csl string) *answer {
	s.t.Helper()
	a, err := s.send(s.token, db, csl)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// form posts a form to a login host and returns status and body.
func (s *fixture) form(target string, values url.Values) (int, map[string]any) {
	s.t.Helper()
	response, err := s.client.PostForm(target, values)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	var body map[string]any
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, body
}
