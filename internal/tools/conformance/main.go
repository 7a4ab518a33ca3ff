// Command conformance has Microsoft's own software judge this project: its parser
// reads every command that the provider's tests send and a corpus of odd ones, and
// its Node SDK speaks to the emulator.
//
// It needs Node.js; the packages are pinned by package-lock.json and installed
// from npm where they are missing.
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
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

func main() {
	sent := flag.String("sent", earlier(), "a `file` of commands that an earlier run of the acceptance tests wrote, by "+emulator.CommandFileVariable)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *sent)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

// earlier is the acceptance tests' file in the folder that the emulator's variable
// names; empty where there is none.
func earlier() string {
	file := filepath.Join(os.Getenv(emulator.CommandFileVariable), "provider.test.jsonl")
	if _, err := os.Stat(file); err != nil { //nolint:gosec // the file that was named is the point
		return ""
	}
	return file
}

// check is a run: where it works and where it keeps what it collects.
type check struct {
	root string // of the project
	home string // of the Node programs
	temp string
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

// install gets the packages once.
func (c check) install(ctx context.Context) error {
	if _, err := exec.LookPath("node"); err != nil {
		return errors.New("node is not on PATH: install Node.js 20 or later")
	}
	if _, err := os.Stat(filepath.Join(c.home, "node_modules", ".package-lock.json")); err == nil {
		return nil
	}
	return c.do(ctx, c.home, nil, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
}

// grammar collects commands and has Microsoft's parser read them. Those of an
// earlier run are taken as they are.
func (c check) grammar(ctx context.Context, sent string) error {
	corpus := filepath.Join(c.temp, "corpus.jsonl")
	err := c.do(ctx, c.root, []string{"KUSTO_CORPUS=" + corpus}, "go", "test", "-count=1", "-run", "^TestCorpus", "./internal/kusto")
	if err != nil {
		return err
	}
	if sent == "" {
		sent = filepath.Join(c.temp, "sent.jsonl")
		fmt.Println("Collecting the commands of the acceptance tests…")
		if err := c.do(ctx, c.root, []string{emulator.CommandFileVariable + "=" + sent}, "go", "test", "-count=1", "-timeout=30m", "./internal/provider"); err != nil {
			return err
		}
	}
	if sent, err = filepath.Abs(sent); err != nil {
		return err
	}
	return c.do(ctx, c.home, nil, "node", "grammar.mjs", corpus, sent)
}

// do runs a program and shows what it prints.
func (c check) do(ctx context.Context, dir string, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %v: %w", name, args, err)
	}
	return nil
}
