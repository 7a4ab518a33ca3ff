// SPDX-License-Identifier: MPL-2.0

// Command conformance checks this project with Microsoft's software. Microsoft's
// parser parses every command that the provider's tests send, a corpus of
// unusual ones, and the scripts that internal/kusto/script reads. Microsoft's Node SDK
// sends commands to the emulator.
//
// It needs Node.js. package-lock.json pins the packages, which are installed from
// npm if they are missing.
//
//	go run ./internal/tools/conformance [-sent <file>]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest"
	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

func main() {
	sent := flag.String("sent", earlier(), "a `file` of commands, from an earlier run of the acceptance tests with "+fakekusto.CommandFileVariable)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *sent)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

// earlier is the acceptance tests' file in the folder that the emulator's variable
// names, "" if there is none.
func earlier() string {
	file := filepath.Join(os.Getenv(fakekusto.CommandFileVariable), "provider.test.jsonl")
	if _, err := os.Stat(file); err != nil { //nolint:gosec // reading the configured file is the point
		return ""
	}
	return file
}

// check is one run.
type check struct {
	root string // of the project
	home string // of the Node programs
	temp string // for collected commands
}

func run(ctx context.Context, sent string) error {
	root, err := acctest.Root()
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "conformance")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	c := check{root: root, home: filepath.Join(root, "internal", "tools", "conformance"), temp: temp}
	if err := c.install(ctx); err != nil {
		return err
	}
	return errors.Join(c.client(ctx), c.grammar(ctx, sent))
}

// install installs the Node packages if they are missing.
func (c check) install(ctx context.Context) error {
	if _, err := exec.LookPath("node"); err != nil {
		return errors.New("node is not on PATH: install Node.js 20 or later")
	}
	if _, err := os.Stat(filepath.Join(c.home, "node_modules", ".package-lock.json")); err == nil {
		return nil
	}
	return c.do(ctx, c.home, nil, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
}

// grammar collects commands and checks them with Microsoft's parser. It does not
// run the acceptance tests if there are commands of an earlier run.
func (c check) grammar(ctx context.Context, sent string) error {
	files, err := c.corpora(ctx)
	if err != nil {
		return err
	}
	if sent == "" {
		sent = filepath.Join(c.temp, "sent.jsonl")
		fmt.Println("Collecting the commands of the acceptance tests…")
		if err := c.do(ctx, c.root, []string{fakekusto.CommandFileVariable + "=" + sent}, "go", "test", "-count=1", "-timeout=30m", "./internal/provider"); err != nil {
			return err
		}
	}
	if sent, err = filepath.Abs(sent); err != nil {
		return err
	}
	return c.do(ctx, c.home, nil, "node", append(append([]string{"grammar.mjs"}, files...), sent)...)
}

// corpora collects the unusual commands, and the scripts that the provider reads.
func (c check) corpora(ctx context.Context) ([]string, error) {
	var files []string
	for _, name := range []string{"kusto", "kusto/script"} {
		file := filepath.Join(c.temp, filepath.Base(name)+".jsonl")
		if err := c.do(ctx, c.root, []string{"KUSTO_CORPUS=" + file}, "go", "test", "-count=1", "-run", "^TestCorpus", "./internal/"+name); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// do runs a program and prints its output.
func (c check) do(ctx context.Context, dir string, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %v: %w", name, args, err)
	}
	return nil
}
