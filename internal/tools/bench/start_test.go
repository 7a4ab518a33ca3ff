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

// mostToStart is the processor time within which the binary starts and has told
// its schema.
const mostToStart = 100 * time.Millisecond

// The CLI starts a provider several times in one plan, so what a start takes is
// most of what a plan of a few grants takes.
func TestStart_isQuick(t *testing.T) {
	t.Parallel()
	binary := builtProvider(t)
	best := time.Hour
	for range 5 { // the least counts: the rest is the machine's
		best = min(best, start(t, binary))
	}
	t.Logf("start and schema: %s of processor time", best)
	if best > mostToStart {
		t.Errorf("the start took %s of processor time, promised %s", best, mostToStart)
	}
}

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

// start runs the provider as a CLI does until it has told its schema, and gives
// the processor time that it took.
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
	if err := conn.Invoke(tb.Context(), "/tfplugin6.Provider/GetProviderSchema", []byte{}, &schema, grpc.ForceCodec(asIs{}), grpc.MaxCallRecvMsgSize(64<<20)); err != nil {
		tb.Fatal(err)
	}
	if len(schema) < 1000 {
		tb.Fatalf("a schema of %d bytes", len(schema))
	}
	client.Kill()
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// connection hands out the bare connection to the provider.
type connection struct{ plugin.NetRPCUnsupportedPlugin }

func (connection) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}

func (connection) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error { return nil }

// asIs sends and receives messages as the bytes they are.
type asIs struct{}

func (asIs) Name() string { return "proto" }

func (asIs) Marshal(v any) ([]byte, error) {
	message, ok := v.([]byte)
	if !ok {
		return nil, fmt.Errorf("a message of type %T", v)
	}
	return message, nil
}

func (asIs) Unmarshal(message []byte, v any) error {
	into, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("a message for a %T", v)
	}
	*into = append([]byte(nil), message...)
	return nil
}
