package journal_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/anxin-care/anxin/journal"
)

// childDir is set for a process that the crash test starts and kills.
const childDir = "ANXIN_TEST_JOURNAL_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		fmt.Fprintln(os.Stderr, "child:", writeUntilKilled(dir))
		os.Exit(1)
	}
	if dir := os.Getenv(visitDir); dir != "" {
		if err := visit(dir); err != nil {
			fmt.Fprintln(os.Stderr, "visitor:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// writeUntilKilled appends, shelves, takes, trims and expires all at once. It
// prints "ack SEQ N TAG" for each group that was acknowledged, and "passed SEQ"
// before it lets the log forget.
func writeUntilKilled(dir string) error {
	ctx := context.Background()
	f, err := journal.Open(ctx, dir)
	if err != nil {
		return err
	}
	fmt.Println("open")
	failed := make(chan error, 2)
	go func() { failed <- appendForEver(ctx, f) }()
	go func() { failed <- tidyForEver(ctx, f) }()
	return <-failed
}

func appendForEver(ctx context.Context, f *journal.File) error {
	filler := bytes.Repeat([]byte("x"), 1500)
	for {
		tag := rand.Uint64()
		g, err := randomGroup(ctx, f)
		if err != nil {
			return err
		}
		for i := range 1 + rand.IntN(1+rand.IntN(200)) {
			g.Bodies = append(g.Bodies, fmt.Appendf(nil, "%x %d %s", tag, i, filler[:rand.IntN(len(filler))]))
		}
		g.Changes.Stored += int64(len(g.Bodies))
		g.Changes.Received += int64(len(g.Bodies))
		first, err := f.Append(ctx, g)
		if err != nil {
			return err
		}
		fmt.Printf("ack %d %d %x\n", first, len(g.Bodies), tag)
	}
}

// randomGroup shelves some messages, and takes some off as duplicates.
func randomGroup(ctx context.Context, f *journal.File) (g journal.Group, err error) {
	for range rand.IntN(4) {
		m := journal.Shelved{Reason: journal.Held, Codec: "native", Device: fmt.Sprint("d", rand.IntN(50)), Topic: "t", Payload: make([]byte, rand.IntN(9000)), Received: time.Now().UnixMilli()}
		g.Changes.Received++
		if rand.IntN(3) == 0 {
			m.Reason, m.Error = journal.Quarantined, "unreadable"
			g.Changes.Quarantined++
		} else {
			g.Changes.Held++
		}
		g.Shelve = append(g.Shelve, m)
	}
	if rand.IntN(3) > 0 {
		return g, nil
	}
	// What is quarantined never expires meanwhile.
	taken, err := f.Shelf(ctx, journal.Quarantined, "", "", 0, 1+rand.IntN(3))
	for _, m := range taken {
		g.Take = append(g.Take, m.ID)
		g.Changes.Quarantined--
		g.Changes.Duplicate++
	}
	return g, err
}

func tidyForEver(ctx context.Context, f *journal.File) error {
	for {
		if last := f.Last(); last > 5000 {
			fmt.Printf("passed %d\n", last-5000)
			if err := f.Passed(ctx, "timeline", last-5000); err != nil {
				return err
			}
		}
		if _, err := f.Trim(ctx, time.Now().Add(time.Minute)); err != nil {
			return err
		}
		if _, err := f.Expire(ctx, journal.Held, journal.Limits{Messages: 100, DeviceMessages: 5, DeviceBytes: 20_000}); err != nil {
			return err
		}
		held, err := f.Shelf(ctx, journal.Held, "", "", 0, 5)
		if err != nil {
			return err
		}
		for _, m := range held {
			if _, err := f.RequestReplay(ctx, []uint64{m.ID}); err != nil {
				return err
			}
			if err := f.Refuse(ctx, m.ID, errors.New("still nobody's")); err != nil {
				return err
			}
		}
	}
}

// told is what the children said before they were killed.
type told struct {
	groups map[uint64]toldGroup // by first Seq
	newest uint64
	passed uint64
}

type toldGroup struct {
	n   int
	tag string
}

func TestKillAtAnyMoment(t *testing.T) {
	dir := t.TempDir()
	heard := told{groups: map[uint64]toldGroup{}}
	rounds := 0
	// On a busy machine a child may be killed before it did much.
	for ; rounds < 25 || (len(heard.groups) < 100 || heard.passed == 0) && rounds < 250; rounds++ {
		heard.listen(t, killedChild(t, dir))
		f := open(t, dir)
		heard.expect(t, f)
		expectPlaces(t, f)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		expectSound(t, dir)
		if t.Failed() {
			t.Fatalf("after round %d", rounds)
		}
	}
	t.Logf("%d kills, %d groups acknowledged, %d entries appended, up to %d passed", rounds, len(heard.groups), heard.newest, heard.passed)
	if len(heard.groups) < 100 || heard.passed == 0 {
		t.Error("the children hardly did anything")
	}
}

// killedChild starts a child, kills it at some moment, and returns what it said.
func killedChild(t *testing.T, dir string) []byte {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	var complaint bytes.Buffer
	child.Stderr = &complaint
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if _, err := lines.ReadString('\n'); err != nil { // it is open
		t.Errorf("the child did not open the journal: %v", err)
	}
	killer := time.AfterFunc(time.Duration(rand.IntN(200_000))*time.Microsecond, func() { child.Process.Kill() })
	defer killer.Stop()
	said, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil || complaint.Len() > 0 {
		t.Fatalf("the child ended by itself: %v: %s", err, complaint.String())
	}
	return said
}

// listen notes whole lines; the last may have been cut off by the kill.
func (h *told) listen(t *testing.T, said []byte) {
	for line := range bytes.Lines(said) {
		var seq uint64
		var g toldGroup
		if !bytes.HasSuffix(line, []byte("\n")) {
			return
		}
		switch {
		case scan(line, "ack %d %d %s", &seq, &g.n, &g.tag):
			if _, twice := h.groups[seq]; twice || seq <= h.newest {
				t.Errorf("Seq %d was given twice", seq)
			}
			h.groups[seq] = g
			h.newest = seq + uint64(g.n) - 1
		case scan(line, "passed %d", &seq):
			h.passed = max(h.passed, seq)
		default:
			t.Fatalf("the child said %q", line)
		}
	}
}

func scan(line []byte, format string, into ...any) bool {
	n, err := fmt.Sscanf(string(line), format, into...)
	return err == nil && n == len(into)
}

// expect fails unless every group that was acknowledged is there, whole, at its
// place, unless it was let go; and nothing is torn or twice.
func (h *told) expect(t *testing.T, f *journal.File) {
	t.Helper()
	seen := map[string]bool{}
	var before journal.Entry
	var left int // of the group that before belongs to, when it was acknowledged
	for {
		entries, err := f.Read(context.Background(), before.Seq, 1000)
		if err != nil {
			t.Fatalf("read after %d: %v", before.Seq, err)
		}
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			if before.Seq != 0 && e.Seq != before.Seq+1 {
				t.Fatalf("entry %d comes after %d", e.Seq, before.Seq)
			}
			if before.Seq == 0 && e.Seq > h.passed+1 {
				t.Fatalf("the log begins at %d, only %d was passed", e.Seq, h.passed)
			}
			var tag string
			var i int
			if !scan(e.Body, "%s %d", &tag, &i) {
				t.Fatalf("entry %d is %q", e.Seq, e.Body)
			}
			if key := fmt.Sprint(tag, i); seen[key] {
				t.Fatalf("entry %d is there twice", e.Seq)
			} else {
				seen[key] = true
			}
			if g, ok := h.groups[e.Seq-uint64(i)]; ok && g.tag != tag {
				t.Fatalf("entry %d is of group %s, %s was acknowledged", e.Seq, tag, g.tag)
			}
			if i == 0 {
				if left > 0 {
					t.Fatalf("%d entries before %d are missing", left, e.Seq)
				}
				left = h.groups[e.Seq].n
			}
			left = max(0, left-1)
			before = e
		}
	}
	if last := f.Last(); before.Seq != last || last < h.newest || left > 0 {
		t.Fatalf("the log ends at %d, Last is %d, %d was acknowledged", before.Seq, last, h.newest)
	}
	h.newest = f.Last()
}

// expectPlaces fails unless every message has exactly one place.
func expectPlaces(t *testing.T, f *journal.File) {
	t.Helper()
	c := f.Counts()
	if c.Received != c.Stored+c.Duplicate+c.Quarantined+c.Held {
		t.Errorf("counts do not balance: %+v", c)
	}
	if uint64(c.Stored) != f.Last() {
		t.Errorf("%d stored, the log has %d", c.Stored, f.Last())
	}
	quarantined, held := int64(len(shelved(t, f, journal.Quarantined))), int64(len(shelved(t, f, journal.Held)))
	if quarantined > c.Quarantined || held > c.Held || quarantined+held != c.Quarantined+c.Held-c.Expired {
		t.Errorf("%d and %d are on the shelf, counts %+v", quarantined, held, c)
	}
}
