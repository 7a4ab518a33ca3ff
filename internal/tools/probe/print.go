// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
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
		fmt.Fprintf(w, "%s %s\t%s\t%s\n", mark, r.name, r.assumes, r.text)
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

// writeBehaviour writes the file.
func (p *probe) writeBehaviour(out io.Writer) error {
	text, err := json.MarshalIndent(p.found, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(p.out, append(text, '\n'), 0o600); err != nil { //nolint:gosec // the person names the file
		return err
	}
	_, err = fmt.Fprintf(out, "\nWrote %s, without names and ids. Run the tests against a service that behaves so:\n"+
		"  make test BEHAVIOUR=%[1]s\nPlease publish it, together with the table: %s\n", p.out, issues)
	return err
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
