package journal

import (
	"bytes"
	"fmt"
	"testing"
)

// li takes "li" out of bodies that are exactly it, and nothing out of "li-2".
var li = Redaction{Mark: []byte("of li"), Change: func(body []byte) ([]byte, bool, error) {
	return []byte("of no"), string(body[:5]) == "of li" && body[5] == ';', nil
}}

func TestRedactTakesOutWhatIsMarkedAlone(t *testing.T) {
	dir := t.TempDir()
	f, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const groups, each = 300, 7
	for g := range groups {
		var group Group
		for i := range each {
			whose := []string{"li", "li-2", "wang"}[(g*each+i)%3]
			group.Bodies = append(group.Bodies, fmt.Appendf(nil, "of %s;reading %d %s", whose, g*each+i, bytes.Repeat([]byte("secret"), 40)))
		}
		group.Changes = Counts{Received: each, Stored: each}
		if _, err := f.Append(t.Context(), group); err != nil {
			t.Fatal(err)
		}
	}
	want := groups * each / 3
	if n, err := f.CountMarked(t.Context(), li); err != nil || n != want {
		t.Fatalf("%d marked, %v, want %d", n, err, want)
	}
	if n, err := f.Redact(t.Context(), li); err != nil || n != want {
		t.Fatalf("%d redacted, %v, want %d", n, err, want)
	}
	if n, err := f.CountMarked(t.Context(), li); err != nil || n != 0 {
		t.Fatalf("%d marked afterwards, %v", n, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if f, err = Open(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var seq uint64
	for seq < groups*each {
		entries, err := f.Read(t.Context(), seq, 500)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			seq++
			begins := []string{"of no", "of li-2;", "of wang;"}[(seq-1)%3]
			if e.Seq != seq || !bytes.HasPrefix(e.Body, []byte(begins)) {
				t.Fatalf("entry %d is %d, %.20q", seq, e.Seq, e.Body)
			}
		}
	}
}

func TestForgetTakesOneDeviceOffTheShelf(t *testing.T) {
	f, err := Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var group Group
	for i := range 600 {
		reason := []Reason{Held, Quarantined}[i%2]
		group.Shelve = append(group.Shelve, Shelved{Reason: reason, Codec: "native", Device: []string{"d-1", "d-2", "d-3"}[i%3], Topic: "t", Payload: []byte("x")})
	}
	group.Changes = Counts{Received: 600, Held: 300, Quarantined: 300}
	if _, err := f.Append(t.Context(), group); err != nil {
		t.Fatal(err)
	}
	if n, err := f.Forget(t.Context(), "native", "d-2"); err != nil || n != 200 {
		t.Fatalf("%d forgotten, %v, want 200", n, err)
	}
	for device, want := range map[string]int{"d-1": 200, "d-2": 0, "d-3": 200} {
		if n, err := f.CountShelved(t.Context(), "native", device); err != nil || n != want {
			t.Errorf("%d of %s are there, %v, want %d", n, device, err, want)
		}
	}
	if c := f.Counts(); c.Expired != 200 || c.Received != c.Stored+c.Duplicate+c.Quarantined+c.Held {
		t.Errorf("counts %+v", c)
	}
}
