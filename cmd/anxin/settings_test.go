package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSettingsThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"htp-addr: \":1\"":              "there is no setting htp-addr: did you mean http-addr?",
		"influx-urll: x\nretention: 1h": "there is no setting influx-urll: did you mean influx-url?",
		"http-addr":                     "want one setting a line",
	} {
		file := filepath.Join(t.TempDir(), "anxin.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		err := run(t.Context(), []string{"--config", file, "doctor"}, &out, &out)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestSettingsOfAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "anxin.yaml")
	if err := os.WriteFile(file, []byte("http-addr: 127.0.0.1:1\nretention: 48h\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err := run(t.Context(), []string{"--config", file, "doctor"}, &out, &out)
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("the file's address is not used: %v", err)
	}
}
