package journal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/journal"
)

func requested(t *testing.T, f *journal.File) []uint64 {
	t.Helper()
	messages, err := f.Requested(context.Background())
	if err != nil {
		t.Fatalf("requested: %v", err)
	}
	return idsOf(messages)
}

func request(t *testing.T, f *journal.File, ids ...uint64) {
	t.Helper()
	if n, err := f.RequestReplay(context.Background(), ids); n != len(ids) || err != nil {
		t.Fatalf("request %v: %d found, %v", ids, n, err)
	}
}

func TestReplay(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	ctx := context.Background()
	shelve(t, f, journal.Quarantined, "", "zero", "one", "two")
	ids := idsOf(shelved(t, f, journal.Quarantined))
	if got := requested(t, f); len(got) != 0 {
		t.Errorf("%v are requested, want none", got)
	}
	if n, err := f.RequestReplay(ctx, []uint64{ids[2], 999, ids[0]}); n != 2 || err != nil {
		t.Errorf("%d found, %v; want 2", n, err)
	}
	if got := requested(t, f); !slices.Equal(got, []uint64{ids[0], ids[2]}) {
		t.Errorf("%v are requested, want the first and the last of %v", got, ids)
	}
	if got := requested(t, f); len(got) != 0 {
		t.Errorf("%v are handed out once more", got)
	}

	// The first works, the last does not.
	_, err := f.Append(ctx, journal.Group{
		Bodies: [][]byte{bodyOf(1)}, Take: ids[:1],
		Changes: journal.Counts{Quarantined: -1, Stored: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Refuse(ctx, ids[2], errors.New("still no sense in it")); err != nil {
		t.Fatal(err)
	}
	left := shelved(t, f, journal.Quarantined)
	if !slices.Equal(idsOf(left), ids[1:]) || left[0].Error != "" || left[1].Error != "still no sense in it" {
		t.Errorf("left are %+v", left)
	}
	if got := requested(t, f); len(got) != 0 {
		t.Errorf("%v are still requested", got)
	}

	// It may be asked for again; and what was under way at a stop is begun anew.
	request(t, f, ids[2])
	if got := requested(t, f); !slices.Equal(got, ids[2:]) {
		t.Errorf("%v are requested, want %v", got, ids[2:])
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = open(t, dir)
	if got := requested(t, f); !slices.Equal(got, ids[2:]) {
		t.Errorf("after reopening %v are requested, want %v", got, ids[2:])
	}
	if err := f.Drop(ctx, ids[2]); err != nil {
		t.Fatal(err)
	}
	expectPlaces(t, open(t, t.TempDir()))
}

func TestManyReplaysGoOutByAndBy(t *testing.T) {
	f := open(t, t.TempDir())
	shelve(t, f, journal.Held, "a", make([]string, 1000)...)
	shelve(t, f, journal.Held, "a", make([]string, 700)...)
	all, err := f.Shelf(context.Background(), journal.Held, "native", "a", 0, 2000)
	if err != nil {
		t.Fatal(err)
	}
	request(t, f, idsOf(all)...)
	first := requested(t, f)
	if len(first) != 1000 || len(requested(t, f)) != 0 {
		t.Fatalf("%d are handed out before any was settled, want 1000", len(first))
	}
	if _, err := f.Append(context.Background(), journal.Group{
		Take: first, Changes: journal.Counts{Held: -1000, Duplicate: 1000},
	}); err != nil {
		t.Fatal(err)
	}
	if rest := requested(t, f); !slices.Equal(rest, idsOf(all)[1000:]) {
		t.Errorf("%d are handed out then, want the other 700", len(rest))
	}
}

// visit is what a second process does; its output is what it saw.
const visitDir = "ANXIN_TEST_JOURNAL_VISIT"

func visit(dir string) error {
	ctx := context.Background()
	r, err := journal.OpenReader(ctx, dir)
	if err != nil {
		return err
	}
	defer r.Close()
	counts, err := r.Counts(ctx)
	if err != nil {
		return err
	}
	summaries, err := r.Summaries(ctx, 10)
	if err != nil {
		return err
	}
	bad, err := r.Shelf(ctx, journal.Quarantined, "", "", 0, 10)
	if err != nil {
		return err
	}
	found, err := r.RequestReplay(ctx, []uint64{bad[0].ID, 999})
	if err != nil {
		return err
	}
	if err := r.Drop(ctx, bad[1].ID); err != nil {
		return err
	}
	fmt.Print(counts.Received, " ", len(summaries), " ", string(bad[0].Payload), " ", found)
	return nil
}

// While the server appends, another process looks at the shelf, asks for a
// replay and drops a message; neither disturbs the other.
func TestASecondProcess(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	shelve(t, f, journal.Quarantined, "", "zero", "one")
	shelve(t, f, journal.Held, "a", "two")
	bad := shelved(t, f, journal.Quarantined)
	stop, stopped := make(chan struct{}), make(chan error)
	go func() {
		for {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			// Received stays as it is: what the visitor prints does not depend on when it looks.
			if _, err := f.Append(context.Background(), journal.Group{Bodies: [][]byte{bodyOf(f.Last() + 1)}}); err != nil {
				stopped <- err
				<-stop
				return
			}
		}
	}()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), visitDir+"="+dir)
	out, err := child.CombinedOutput()
	close(stop)
	if failed := <-stopped; failed != nil {
		t.Errorf("append meanwhile: %v", failed)
	}
	if err != nil || string(out) != "3 1 zero 1" {
		t.Errorf("the second process saw %q, %v", out, err)
	}
	if got := requested(t, f); !slices.Equal(got, idsOf(bad[:1])) {
		t.Errorf("%v are requested, want %v", got, bad[0].ID)
	}
	if got := shelved(t, f, journal.Quarantined); !slices.Equal(idsOf(got), idsOf(bad[:1])) {
		t.Errorf("%v are on the shelf, want %v", idsOf(got), bad[0].ID)
	}
	expectLog(t, f, 1, f.Last())
}

func TestAReaderAlone(t *testing.T) {
	dir := t.TempDir()
	if _, err := journal.OpenReader(context.Background(), dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("open a reader where there is no journal: %v", err)
	}
	f := open(t, dir)
	shelve(t, f, journal.Held, "a", "zero")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := journal.OpenReader(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	held := shelved(t, r, journal.Held)
	if len(held) != 1 {
		t.Fatalf("%d messages are held, want 1", len(held))
	}
	if n, err := r.RequestReplay(context.Background(), idsOf(held)); n != 1 || err != nil {
		t.Errorf("request a replay: %d, %v", n, err)
	}
	if err := r.Drop(context.Background(), held[0].ID); err == nil || !strings.Contains(err.Error(), strconv.FormatUint(held[0].ID, 10)) {
		t.Errorf("drop one that is held: %v", err)
	}
	if got := requested(t, open(t, dir)); !slices.Equal(got, idsOf(held)) {
		t.Errorf("%v are requested, want %v", got, idsOf(held))
	}
	empty := t.TempDir()
	if err := os.WriteFile(filepath.Join(empty, "journal.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.OpenReader(context.Background(), empty); err == nil {
		t.Error("a reader opened an empty file")
	}
}

func TestRequestHeld(t *testing.T) {
	f := open(t, t.TempDir())
	ctx := context.Background()
	shelve(t, f, journal.Held, "a", "0", "1")
	shelve(t, f, journal.Held, "b", "2")
	shelve(t, f, journal.Quarantined, "a", "3")
	shelve(t, f, journal.Held, "a", "4")
	held := idsOf(shelved(t, f, journal.Held)) // of a, a, b, a
	var sources []journal.Source
	for after := int64(0); ; {
		page, err := f.HeldSources(ctx, after, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		sources = append(sources, page...)
		after = page[0].ID
	}
	if len(sources) != 2 || sources[0].Device != "a" || sources[0].Newest != held[3] || sources[1].Device != "b" || sources[1].Codec != "native" {
		t.Fatalf("sources: %+v", sources)
	}
	for _, c := range []struct {
		after uint64
		want  []uint64
	}{{held[3], nil}, {held[0], []uint64{held[1], held[3]}}, {0, []uint64{held[0]}}} {
		if err := f.RequestHeld(ctx, sources[0], c.after); err != nil {
			t.Fatal(err)
		}
		requested, err := f.Requested(ctx)
		if got := idsOf(requested); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("after %d: %v, %v; want %v", c.after, got, err, c.want)
		}
	}
}
