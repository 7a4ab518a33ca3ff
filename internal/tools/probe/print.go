// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

const issues = "https://github.com/kusto-community/terraform-provider-kusto/issues/new?template=behaviour.yml"

// printResults prints the table, and what nobody knew before.
func (p *probe) printResults(out io.Writer, results []result) error {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\n  QUESTION\tTHE EMULATOR ASSUMES\tTHIS CLUSTER")
	differ, unknowns := 0, 0
	for _, r := range results {
		mark := " "
		switch {
		case !r.known:
			unknowns++
		case r.differs():
			mark = "*"
			differ++
		}
		fmt.Fprintf(w, "%s %s\t%s\t%s\n", mark, r.name, r.assumes, p.publicText(r))
	}
	_ = w.Flush() // writing to a buffer does not fail
	fmt.Fprintf(&b, "\n* %s from what the emulator assumes. Unknown: %d.\n", count(differ, "answer differs", "answers differ"), unknowns)
	if len(p.seen.all) > 0 {
		fmt.Fprintln(&b, "\nSeen and not known (names and ids are replaced; read it before you publish it):")
	}
	for _, s := range p.seen.all {
		fmt.Fprintf(&b, "- %s: %s\n", s.what, p.names.redact(s.text))
	}
	_, err := out.Write(b.Bytes())
	return err
}

// publicText is the text of a result without names. What the emulator assumes has none.
func (p *probe) publicText(r result) string {
	if r.text == r.assumes {
		return r.text
	}
	return p.names.redact(r.text)
}

// writeBehaviour writes the file.
func (p *probe) writeBehaviour(out io.Writer, results []result) error {
	file := fakekusto.BehaviourFile{Behaviour: p.found, Answers: map[string]string{}, Unknown: map[string]string{}}
	for _, r := range results {
		if r.known {
			file.Answers[r.name] = p.publicText(r)
		} else {
			file.Unknown[r.name] = strings.TrimPrefix(p.publicText(r), unknownPrefix)
		}
	}
	text, err := marshal(file)
	if err != nil {
		return err
	}
	if err := os.WriteFile(p.out, text, 0o600); err != nil { //nolint:gosec // the person names the file
		return err
	}
	_, err = fmt.Fprintf(out, "\nWrote %s, without names and ids. Run the tests against a service that behaves so:\n"+
		"  make test BEHAVIOUR=%[1]s\n%s\n", p.out, p.whatNext(results))
	return err
}

// marshal writes JSON for people: "<name>" stands as it is.
func marshal(file fakekusto.BehaviourFile) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(file)
	return b.Bytes(), err
}

// askedByAnybody are the questions that a caller without any role gets an answer to.
var askedByAnybody = map[string]bool{
	"The databases of the cluster": true, "The answer of a refresh of group membership": true,
	"A database that does not exist": true, "A table that does not exist": true, "An external table that does not exist": true,
	"A materialized view that does not exist": true, "A function that does not exist": true, "A graph model that does not exist": true,
	"A refusal": true, "Sign-in metadata": true,
}

// whatNext asks for publication if there is something to learn from the results.
func (p *probe) whatNext(results []result) string {
	isNews := func(r result) bool { return r.known && (r.differs() || !askedByAnybody[r.name]) }
	if len(p.seen.all) > 0 || slices.ContainsFunc(results, isNews) {
		return "Please publish it, together with the table: " + issues
	}
	return "There is nothing to publish yet: no question that needs a role was answered.\n" +
		"Sign in as an admin of the database and ask again."
}

// printQuestions lists the questions and how they are asked.
func printQuestions(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "QUESTION\tHOW IT IS ASKED\tTHE EMULATOR ASSUMES\tFIELD OF THE FILE")
	for _, q := range questions {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", q.name, q.how, q.assumes, strings.Join(q.fields, ", "))
	}
	for field, why := range notAsked {
		fmt.Fprintf(w, "-\tnot at all: %s\t\t%s\n", why, field)
	}
	return w.Flush()
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
