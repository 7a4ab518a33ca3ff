// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// emulatorRelease returns the folder of the emulator's archives that `make snapshot` built,
// and their version.
func emulatorRelease(t *testing.T) (dir, version string) {
	t.Helper()
	zip, version := snapshot(t)
	return filepath.Join(filepath.Dir(zip), "emulator"), version
}

func TestSnapshot_emulatorHasChecksumsOfItsOwn(t *testing.T) {
	dir, version := emulatorRelease(t)
	sums, err := os.ReadFile(filepath.Join(dir, "kusto-emulator_"+version+"_SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"linux_amd64.tar.gz", "linux_arm64.tar.gz", "darwin_amd64.tar.gz", "darwin_arm64.tar.gz", "windows_amd64.zip", "windows_arm64.zip",
	} {
		name = "kusto-emulator_" + version + "_" + name
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		sum := sha256.Sum256(content)
		if want := hex.EncodeToString(sum[:]) + "  " + name; !strings.Contains(string(sums), want) {
			t.Errorf("SHA256SUMS lacks %q:\n%s", want, sums)
		}
	}
	provider, err := os.ReadFile(filepath.Join(filepath.Dir(dir), "terraform-provider-kusto_"+version+"_SHA256SUMS"))
	if err != nil || strings.Contains(string(provider), "emulator") {
		t.Errorf("the registry would take the emulator for a platform of the provider: %v\n%s", err, provider)
	}
}

var startedProcess = regexp.MustCompile(`is ready \(process (\d+)\)`)

// The script of the GitHub Action, with the archives in a folder.
func TestSnapshot_actionStartsTheEmulator(t *testing.T) {
	dir, version := emulatorRelease(t)
	for _, program := range []string{"bash", "curl", "tar"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	temp := t.TempDir()
	if err := os.Symlink(dir, filepath.Join(temp, "v"+version)); err != nil {
		t.Fatal(err)
	}
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	environment, output := filepath.Join(temp, "environment"), filepath.Join(temp, "output")
	start := exec.CommandContext(t.Context(), "bash", filepath.Join(root, ".github", "actions", "kusto-emulator", "start.sh"))
	start.Env = append(cleanEnviron(), "RUNNER_TEMP="+temp, "GITHUB_ENV="+environment, "GITHUB_OUTPUT="+output,
		"EMULATOR_VERSION="+version, "EMULATOR_SEED="+filepath.Join(root, "examples", "guides", "testing", "tests", "seed.yaml"),
		"EMULATOR_PASS_THROUGH=true", "EMULATOR_DOWNLOADS=file://"+temp)
	said, err := start.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	pid, _ := strconv.Atoi(startedProcess.FindStringSubmatch(string(said))[1])
	process, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	defer process.Kill()
	variables, err := os.ReadFile(environment)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"HTTPS_PROXY=http://127.0.0.1:", "SSL_CERT_FILE=", "KUSTO_CLUSTER_URI=https://mycluster.", "ARM_CLIENT_SECRET=not-a-secret-ci-deployer"} {
		if !strings.Contains(string(variables), "\n"+want) && !strings.HasPrefix(string(variables), want) {
			t.Errorf("no %s in\n%s", want, variables)
		}
	}
	outputs, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	url, _, _ := strings.Cut(strings.TrimPrefix(string(outputs), "url="), "\n")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/_emulator/grants", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var held struct{ Clusters []struct{ URI string } }
	if err := json.NewDecoder(response.Body).Decode(&held); err != nil || len(held.Clusters) != 1 {
		t.Errorf("%v, %v", held, err)
	}
}
