// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest"
)

// BenchmarkStart measures the processor time until the provider has answered with
// its schema. The CLI starts a provider several times in one plan.
func BenchmarkStart(b *testing.B) {
	binary := builtProvider(b)
	var total time.Duration
	for b.Loop() {
		total += start(b, binary)
	}
	b.ReportMetric(float64(total.Milliseconds())/float64(b.N), "CPU-ms/op")
}

func builtProvider(tb testing.TB) string {
	tb.Helper()
	root, err := acctest.Root()
	if err != nil {
		tb.Fatal(err)
	}
	binary := filepath.Join(tb.TempDir(), "terraform-provider-kusto")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	build := exec.CommandContext(tb.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, root)
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// start runs the provider like a CLI until it has answered with its schema, and
// returns the processor time.
func start(tb testing.TB, binary string) time.Duration {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), binary)
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			MagicCookieKey: "TF_PLUGIN_MAGIC_COOKIE", MagicCookieValue: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
		},
		VersionedPlugins: map[int]plugin.PluginSet{6: {"provider": connection{}}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Cmd:              cmd, AutoMTLS: true, Logger: hclog.NewNullLogger(),
	})
	defer client.Kill()
	protocol, err := client.Client()
	if err != nil {
		tb.Fatal(err)
	}
	raw, err := protocol.Dispense("provider")
	if err != nil {
		tb.Fatal(err)
	}
	conn, ok := raw.(*grpc.ClientConn)
	if !ok {
		tb.Fatalf("a connection of type %T", raw)
	}
	var schema []byte
	if err := conn.Invoke(tb.Context(), "/tfplugin6.Provider/GetProviderSchema", []byte{}, &schema, grpc.ForceCodec(rawCodec{}), grpc.MaxCallRecvMsgSize(64<<20)); err != nil {
		tb.Fatal(err)
	}
	if len(schema) < 1000 {
		tb.Fatalf("a schema of %d bytes", len(schema))
	}
	client.Kill()
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// connection is a plugin whose client is the gRPC connection itself.
type connection struct{ plugin.NetRPCUnsupportedPlugin }

func (connection) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}

func (connection) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error { return nil }

// rawCodec sends and receives messages as bytes.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) ([]byte, error) {
	message, ok := v.([]byte)
	if !ok {
		return nil, fmt.Errorf("a message of type %T", v)
	}
	return message, nil
}

func (rawCodec) Unmarshal(message []byte, v any) error {
	into, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("a message for a %T", v)
	}
	*into = append([]byte(nil), message...)
	return nil
}
