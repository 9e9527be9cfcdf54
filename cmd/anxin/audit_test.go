package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store"
)

// An operator checks the audit, later against a hash noted before, and is told
// what does not hold.
func TestAudit(t *testing.T) {
	data := folder(t)
	command := func(args ...string) (string, error) {
		var out, errs bytes.Buffer
		err := run(t.Context(), append(args, "--data-dir", data.Dir), &out, &errs)
		return out.String(), err
	}
	if out, err := command("audit", "verify"); data.URL == "" && (err == nil || !strings.Contains(err.Error(), "there are no records in")) {
		t.Fatal(out, err)
	}
	if out, err := command("team", "add", "North"); err != nil {
		t.Fatal(out, err)
	}
	if out, err := command("audit", "verify"); err != nil || !strings.Contains(out, "no entries yet") {
		t.Fatal(out, err)
	}
	db, err := store.Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	log := audit.NewLog(db, nil)
	if err := log.Append(context.Background(), audit.Entry{Actor: "u-1", Via: audit.Page, Action: audit.Read, Resident: "li", Scope: "vitals", Ground: "team"},
		audit.Entry{Actor: "u-2", Via: audit.API, Action: audit.Read, Resident: "li", Scope: "file", Refused: true}); err != nil {
		t.Fatal(err)
	}
	if out, err := command("audit", "verify", "--holds", "foo"); err == nil || !strings.Contains(err.Error(), "64 hexadecimal digits") {
		t.Error(out, err)
	}
	out, err := command("audit", "verify")
	if err != nil || !strings.Contains(out, "2 entries") {
		t.Fatal(out, err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	hash := lines[len(lines)-1]
	if out, err := command("audit", "verify", "--holds", hash); err != nil {
		t.Error(out, err)
	}
	if _, err := command("audit", "verify", "--holds", strings.Repeat("0", 64)); !errors.Is(err, errAudit) {
		t.Errorf("%v, want that another chain does not hold", err)
	}
	if out, err := command("audit", "list", "--actor", "u-2"); err != nil || !strings.Contains(out, "refused") || strings.Contains(out, "u-1") {
		t.Error(out, err)
	}
	if _, err := db.ExecContext(t.Context(), "UPDATE audit SET actor = 'u-3' WHERE seq = 1"); err != nil {
		t.Fatal(err)
	}
	if _, err := command("audit", "verify"); !errors.Is(err, errAudit) || !strings.Contains(err.Error(), "entry 1") {
		t.Errorf("%v, want broken at entry 1", err)
	}
}
