// Package deploy_test checks the files that others' programs read: they are
// not run here, where there is no Docker engine, but they must be right.
package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/anxin-care/anxin/devices/codec"
)

type compose struct {
	Services map[string]struct {
		Image       string
		Environment map[string]string
		Healthcheck struct{ Test []string }
		Volumes     []any
	}
	Volumes map[string]any
}

func TestComposeFile(t *testing.T) {
	cmd := exec.Command("docker-compose", "--env-file", ".env.example", "config")
	cmd.Dir = ".."
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("docker-compose config: %v (apt-get install docker-compose)\n%s", err, out)
	}
	var c compose
	if err := yaml.Unmarshal(out, &c); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mosquitto", "influxdb", "anxin"} {
		s, ok := c.Services[name]
		if !ok {
			t.Errorf("no service %s", name)
			continue
		}
		if len(s.Healthcheck.Test) == 0 || len(s.Volumes) == 0 {
			t.Errorf("%s lacks a health check or a volume", name)
		}
		if _, ok := c.Volumes[name]; !ok {
			t.Errorf("no volume %s", name)
		}
	}
	if got := c.Services["influxdb"].Image; got != "influxdb:2.7" {
		t.Errorf("InfluxDB is %s", got)
	}
	if url := c.Services["anxin"].Environment["ANXIN_MQTT_URL"]; url != "mqtt://anxin:change-me@mosquitto:1883" {
		t.Errorf("Anxin's broker is %s", url)
	}
}

func TestComposeRefusesMissingSecrets(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("docker-compose", "--env-file", empty, "config", "--quiet")
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "ANXIN_MQTT_PASSWORD") && !strings.Contains(string(out), "INFLUX") {
		t.Errorf("without secrets: %v\n%s", err, out)
	}
}

// What Anxin subscribes to, Mosquitto's access list lets it read.
func TestAccessListCoversTheFilters(t *testing.T) {
	text, err := os.ReadFile("mosquitto/acl")
	if err != nil {
		t.Fatal(err)
	}
	var granted []string
	user := ""
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 2 && fields[0] == "user" {
			user = fields[1]
		}
		if len(fields) == 3 && user == "anxin" && fields[0] == "topic" && strings.HasPrefix(fields[1], "read") {
			granted = append(granted, fields[2])
		}
	}
	router, err := codec.NewRouter(codec.All(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, filter := range router.Filters() {
		if !slices.Contains(granted, filter) {
			t.Errorf("the access list does not let Anxin read %s", filter)
		}
	}
}

func TestDockerfile(t *testing.T) {
	text, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	last := string(text[strings.LastIndex(string(text), "\nFROM "):])
	for _, want := range []string{"FROM scratch", "USER 65532", "HEALTHCHECK", "CGO_ENABLED=0"} {
		in := last
		if want == "CGO_ENABLED=0" {
			in = string(text)
		}
		if !strings.Contains(in, want) {
			t.Errorf("the image lacks %q", want)
		}
	}
}
