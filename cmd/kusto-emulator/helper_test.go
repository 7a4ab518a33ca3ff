// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bufio"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

// helperVariable makes the test's own program a command for the emulator. It begins with
// KUSTO_TEST_, so the command gets it.
const helperVariable = "KUSTO_TEST_HELPER"

// statusOfWaiting is the status of a helper that has waited, and reached the emulator then.
const statusOfWaiting = 7

// help does what a helper's name says, and returns its status.
func help(helper string) int {
	verb, argument, _ := strings.Cut(helper, " ")
	switch verb {
	case "environment":
		fmt.Println(strings.Join(os.Environ(), "\n"))
	case "exit":
		status, _ := strconv.Atoi(argument)
		return status
	case "echo":
		text, _ := io.ReadAll(os.Stdin)
		fmt.Printf("%s%s", os.Args[1], text)
		fmt.Fprint(os.Stderr, "to standard error")
	case "get":
		return helpGet(argument)
	case "grant":
		return helpGrant(cmp.Or(argument, "aaduser=alice@contoso.com"))
	case "grant-twice":
		helpGrant(argument)
		return helpGrant(argument)
	case "wait":
		return helpWait()
	}
	return 0
}

// proxied is a client as the variables say. Go's own would not send requests for loopback
// addresses to a proxy.
func proxied() *http.Client {
	proxy, _ := url.Parse(os.Getenv("HTTPS_PROXY"))
	roots := x509.NewCertPool()
	text, _ := os.ReadFile(os.Getenv("SSL_CERT_FILE"))
	roots.AppendCertsFromPEM(text)
	return &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	}}
}

func helpGet(address string) int {
	response, err := proxied().Get(address)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer response.Body.Close()
	_, _ = io.Copy(os.Stdout, response.Body)
	return 0
}

// helpGrant signs in with the variables, and grants a role.
func helpGrant(fqn string) int {
	client := proxied()
	response, err := client.PostForm("https://login.microsoftonline.com/"+os.Getenv("ARM_TENANT_ID")+"/oauth2/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {os.Getenv("ARM_CLIENT_ID")}, "client_secret": {os.Getenv("ARM_CLIENT_SECRET")},
		"resource": {"https://kusto.kusto.windows.net"},
	})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	_, rest, _ := strings.Cut(string(text), `"access_token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	body := `{"db": "Samples", "csl": ".add database Samples users ('` + fqn + `')"}`
	request, _ := http.NewRequest(http.MethodPost, os.Getenv("KUSTO_CLUSTER_URI")+"/v1/rest/mgmt", strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	granted, err := client.Do(request)
	if err != nil || granted.StatusCode != http.StatusOK {
		fmt.Println(granted, err)
		return 1
	}
	defer granted.Body.Close()
	return 0
}

// helpWait says that it is ready, and then each signal. SIGTERM, and the end of standard
// input, end it with statusOfWaiting, if the emulator still serves.
func helpWait() int {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGHUP, syscall.SIGTERM)
	closed := make(chan struct{})
	go func() {
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		close(closed)
	}()
	fmt.Println("ready", os.Getenv("KUSTO_EMULATOR_URL"))
	for {
		select {
		case sig := <-signals:
			fmt.Println(sig)
			if sig != syscall.SIGTERM {
				continue
			}
		case <-closed:
		}
		if _, err := http.Get(os.Getenv("KUSTO_EMULATOR_URL") + "/_emulator/grants"); err != nil {
			return 1
		}
		return statusOfWaiting
	}
}
