// SPDX-License-Identifier: MPL-2.0

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// notFoundForms are the words for what does not exist, with the status that the emulator
// sends with them.
var notFoundForms = []struct {
	form, text string
	status     int
	is         func(*mgmt.Error) bool
}{
	{"id", "Entity ID … was not found", 400, func(e *mgmt.Error) bool { return strings.HasPrefix(e.Message, "Entity ID '") }},
	{"name", "Entity name … does not exist", 404, func(e *mgmt.Error) bool { return strings.HasPrefix(e.Message, "Entity name '") }},
	{"code", "BadRequest_…NotExist", 400, func(e *mgmt.Error) bool { return strings.HasSuffix(e.Code, "NotExist") }},
	{"words", "Entity … was not found", 400, func(e *mgmt.Error) bool { return strings.HasPrefix(e.Message, "Entity '") }},
}

// entityNotFound is the answer of the emulator's default behaviour.
const entityNotFound = "Entity ID … was not found (400)"

// notFound asks for a securable of a type that does not exist. Words that nobody knows are
// printed.
func notFound(slug string) func(*probe, context.Context) (string, error) {
	return func(p *probe, ctx context.Context) (string, error) {
		t := typeOf(slug)
		_, err := p.ask(ctx, kusto.ShowPrincipals(p.missing(t)))
		e := errorOf(err)
		switch {
		case err == nil:
			return "is shown", nil
		case !errors.Is(e, mgmt.ErrSecurableNotFound):
			return "", err
		}
		for _, f := range notFoundForms {
			if !f.is(e) {
				continue
			}
			words := fakekusto.NotFoundWords{Form: f.form, Status: e.Status}
			if e.Status == f.status {
				words.Status = 0
			}
			p.foundWords(t, words)
			return fmt.Sprintf("%s (%d)", f.text, e.Status), nil
		}
		return "", unknown("in words that nobody knows, see below")
	}
}

// foundWords sets the fields for what does not exist: those of a type if the words are not
// the ones for a database.
func (p *probe) foundWords(t *kusto.SecurableType, words fakekusto.NotFoundWords) {
	database := fakekusto.NotFoundWords{Form: cmp.Or(p.found.NotFound, "id"), Status: p.found.NotFoundStatus}
	switch own := p.found.NotFoundIn.Of(t.Keyword); {
	case own == nil:
		p.found.NotFound, p.found.NotFoundStatus = strings.TrimPrefix(words.Form, "id"), words.Status
	case words != database:
		*own = words
	}
}

func (p *probe) syntaxError(ctx context.Context) (string, error) {
	_, err := p.change(ctx, mgmt.Add, grant{p.database, "nosuchrole", p.madeUp()}, "")
	if err == nil {
		return succeeds, nil
	}
	if text, err := syntaxRefused(err); err == nil {
		return text, nil
	}
	return refused(err)
}

func (p *probe) wrapping(context.Context) (string, error) {
	var alone, inside bool
	for _, e := range p.refused {
		alone, inside = alone || !e.Wrapped, inside || e.Wrapped
	}
	return p.choose(twoWays{
		assumed: "stands alone", other: "is inside another one", both: "is inside another one, or stands alone",
		mixed: "some refusals are inside another one, and some are not", none: "nothing was refused",
	}, alone, inside, &p.found.Wrapped)
}

// metadataFields are those of the sign-in metadata.
var metadataFields = []string{
	"LoginEndpoint", "LoginMfaRequired", "KustoClientAppId", "KustoClientRedirectUri", "KustoServiceResourceId", "FirstPartyAuthorityUrl",
}

func (p *probe) metadata(ctx context.Context) (string, error) {
	var status int
	var body []byte
	err := p.retry(ctx, func() (err error) {
		status, body, err = p.client.Conn().RawMetadata(ctx)
		if err == nil && status >= http.StatusInternalServerError {
			return &mgmt.Error{Reason: mgmt.ErrUnavailable, Status: status, Message: http.StatusText(status)}
		}
		return err
	})
	switch {
	case err != nil:
		return "", err
	case status == http.StatusNotFound:
		p.found.Metadata = "404"
		return "are not there (404)", nil
	case status != http.StatusOK:
		return "", unknown(fmt.Sprintf("HTTP status %d", status))
	case len(strings.TrimSpace(string(body))) == 0:
		p.found.Metadata = "empty"
		return "are empty", nil
	}
	var answer struct{ AzureAD map[string]any }
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", unknown("they are no JSON")
	}
	for name := range answer.AzureAD {
		if !slices.Contains(metadataFields, name) {
			p.seen.add("field of the sign-in metadata", name)
		}
	}
	missing := slices.DeleteFunc(slices.Clone(metadataFields), func(name string) bool { _, has := answer.AzureAD[name]; return has })
	if len(missing) == 0 {
		return "are complete", nil
	}
	p.found.Metadata = "missing:" + strings.Join(missing, ",")
	return "lack " + strings.Join(missing, ", "), nil
}

// throttled is a refusal of a cluster that has too much to do. Only with -burst is one
// provoked.
func (p *probe) throttled(ctx context.Context) (*mgmt.Error, error) {
	if i := slices.IndexFunc(p.refused, isThrottled); i >= 0 {
		return p.refused[i], nil
	}
	if !p.burst {
		return nil, unknown("nothing was throttled; needs -burst, which others may notice")
	}
	for _, n := range []int{25, 50, 100, 200} {
		for _, e := range p.atOnce(ctx, n) {
			p.refusedWith(e)
		}
		if i := slices.IndexFunc(p.refused, isThrottled); i >= 0 {
			return p.refused[i], nil
		}
	}
	return nil, unknown("nothing was throttled, not even of 200 at once")
}

// atOnce sends one read many times at once, and returns the failures.
func (p *probe) atOnce(ctx context.Context, n int) []*mgmt.Error {
	var mu sync.Mutex
	var failed []*mgmt.Error
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if _, err := p.client.Conn().Ask(ctx, kusto.ShowPrincipals(p.database)); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = append(failed, errorOf(err))
			}
		})
	}
	all.Wait()
	return failed
}

func (p *probe) throttling(ctx context.Context) (string, error) {
	e, err := p.throttled(ctx)
	if err != nil {
		return "", err
	}
	class := className(e.Type)
	p.found.Quota = class == "QuotaExceededException"
	return p.names.redact(class), nil
}

func (p *probe) retryAfter(ctx context.Context) (string, error) {
	e, err := p.throttled(ctx)
	if err != nil {
		return "", err
	}
	p.found.RetryAfter = int(e.RetryAfter / time.Second)
	if p.found.RetryAfter == 0 {
		return "none", nil
	}
	return fmt.Sprintf("%d s", p.found.RetryAfter), nil
}
