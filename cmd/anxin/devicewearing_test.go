package main

import (
	"bytes"
	"strings"
	"testing"
)

// Who wore a device is looked at, corrected and listed on the command line.
func TestDeviceReattribute(t *testing.T) {
	dir := t.TempDir()
	command := func(args ...string) (string, error) {
		var out, errs bytes.Buffer
		err := run(t.Context(), append(args, "--data-dir", dir), &out, &errs)
		return out.String(), err
	}
	for _, args := range [][]string{
		{"resident", "add", "Li", "--id", "li"}, {"resident", "add", "Wang", "--id", "wang"}, {"device", "add", "band-1", "--resident", "li"},
	} {
		if out, err := command(args...); err != nil {
			t.Fatal(out, err)
		}
	}
	said := []string{"device", "reattribute", "band-1", "--from", "2020-01-03T08:00:00Z", "--to", "2020-01-05T08:00:00Z"}
	if _, err := command(append(said, "--why", "swapped")...); err == nil || !strings.Contains(err.Error(), "--nobody") {
		t.Errorf("without a wearer: %v", err)
	}
	said = append(said, "--resident", "wang")
	if out, err := command(append(said, "--preview")...); err != nil || !strings.Contains(out, "wang") || strings.Contains(out, "noted") {
		t.Error(out, err)
	}
	if _, err := command(said...); err == nil || !strings.Contains(err.Error(), "why") {
		t.Errorf("without a reason: %v", err)
	}
	if out, err := command(append(said, "--why", "swapped")...); err != nil || !strings.Contains(out, "correction 1 is noted") {
		t.Error(out, err)
	}
	out, err := command("device", "wearings", "band-1")
	if err != nil || strings.Count(out, "\n") < 4 || !strings.Contains(out, "swapped") || !strings.Contains(out, "noted") || !strings.Contains(out, "first reading") {
		t.Error(out, err)
	}
}
