package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/store"
)

// Without a service the commands do it themselves; what cannot be undone is asked twice.
func TestAResidentIsCopiedAndErased(t *testing.T) {
	dir := t.TempDir()
	command := func(args ...string) (string, error) {
		var out, errs bytes.Buffer
		err := run(t.Context(), append(args, "--data-dir", dir), &out, &errs)
		return out.String(), err
	}
	for id, name := range map[string]string{"li": "Li Hua", "zhao": "Zhao Yun"} {
		if out, err := command("resident", "add", name, "--id", id, "--home", "h-1", "--condition", "copd"); err != nil {
			t.Fatal(out, err)
		}
	}
	at := filepath.Join(dir, "li.zip")
	for _, again := range []bool{false, true} {
		out, err := command("resident", "export", "li", "--out", at)
		if (err != nil) != again || again && !errors.Is(err, os.ErrExist) {
			t.Fatal(out, err)
		}
	}
	z, err := zip.OpenReader(at)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	for _, want := range []string{"README.txt", "json/residents.json", "csv/residents.csv", "json/resident_care.json", "manifest.json"} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no %s in %v", want, names)
		}
	}
	if info, err := os.Stat(at); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the zip can be read by others: %v, %v", info.Mode(), err)
	}

	erase := residentErase{timelines: timelines{stores: stores{DataDir: dir}}, ID: "li", Reason: "asked for it"}
	var said bytes.Buffer
	e := &env{ctx: t.Context(), stdout: &said, stderr: &said, stdin: strings.NewReader("zhao\n")}
	if err := erase.Run(e); !errors.Is(err, errUnsure) {
		t.Fatalf("%v\n%s", err, said.String())
	}
	e.stdin = strings.NewReader("li\n")
	if err := erase.Run(e); err != nil || !strings.Contains(said.String(), "Resident li is erased") || !strings.Contains(said.String(), "audit") {
		t.Fatalf("%v\n%s", err, said.String())
	}
	if out, err := command("resident", "list"); err != nil || strings.Contains(out, "Li Hua") || !strings.Contains(out, "zhao") {
		t.Error(out, err)
	}
	if out, err := command("resident", "erasures"); err != nil || !strings.Contains(out, "li ") {
		t.Error(out, err)
	}
	// The id is not given again: the journal's readers pass it over.
	if _, err := command("resident", "add", "Wang", "--id", "li"); !errors.Is(err, store.ErrConflict) {
		t.Errorf("the id is given again: %v", err)
	}
	if out, err := command("audit", "verify"); err != nil {
		t.Error(out, err)
	}
}

// Beside a service that runs, the command asks, and leaves the journal to it.
func TestAnErasureIsLeftToTheService(t *testing.T) {
	dir := t.TempDir()
	if err := run(t.Context(), []string{"resident", "add", "Li Hua", "--id", "li", "--data-dir", dir}, &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	release, err := service.LockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	e := &env{ctx: t.Context(), stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}
	log, err := e.logger(&service.Config{LogLevel: "error"})
	if err != nil {
		t.Fatal(err)
	}
	s, alone, err := service.OpenEraser(t.Context(), service.Config{DataDir: dir}, log)
	if err != nil || alone {
		t.Fatalf("alone: %t, %v", alone, err)
	}
	defer s.Close()
	one, err := s.Erasures.Ask(t.Context(), "li", "", "asked for it")
	if err != nil || one.Done() {
		t.Fatalf("%+v, %v", one, err)
	}
}
