package deliveries

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
)

// What was said stands with the attempt; what went in a digest told of others, too.
func TestWhatWasSaidIsKept(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("nurse", Caregiver, "nurse@x")
		tries := 0
		h.post.at("nurse@x", func(context.Context, int, func()) error {
			if tries++; tries == 1 {
				return refusal{}
			}
			return nil
		})
		h.alert("a1", rules.Critical)
		h.tell(call("a1", 1, "nurse", rules.Critical))
		h.passes(time.Minute)
		book := NewBook(h.db)
		list, err := book.Of(t.Context(), "a1")
		if err != nil || len(list) != 1 {
			t.Fatalf("%d deliveries: %v", len(list), err)
		}
		attempts, err := book.Attempts(t.Context(), list)
		if err != nil || len(attempts[list[0].ID]) != 2 {
			t.Fatalf("%+v: %v", attempts, err)
		}
		for _, one := range attempts[list[0].ID] {
			if one.Said != "a1\ncall" {
				t.Errorf("said %q", one.Said)
			}
		}
		for _, id := range []string{"b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9", "c1", "c2"} {
			h.alert(id, rules.Critical)
			h.tell(call(id, 1, "nurse", rules.Critical))
		}
		h.passes(10 * time.Minute)
		if list, err = book.Of(t.Context(), "c2"); err != nil || len(list) != 1 || list[0].Digest == "" {
			t.Fatalf("%+v: %v", list, err)
		}
		if attempts, err = book.Attempts(t.Context(), list); err != nil || len(attempts[list[0].ID]) == 0 || attempts[list[0].ID][0].Said != "" {
			t.Errorf("of a digest: %+v: %v", attempts, err)
		}
	})
}

func TestLongWordsAreCut(t *testing.T) {
	if got := cut(strings.Repeat("安", 10)+"\x00\xff", 8); got != "安安" {
		t.Errorf("%q", got)
	}
}

// Who is erased while a digest that tells of them is being sent is not named in what
// was said.
func TestWhatIsSaidOfWhoIsErasedMeanwhile(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("nurse", Caregiver, "nurse@x")
		for i := range 15 { // the first go alone
			id := fmt.Sprintf("a%02d", i)
			h.alert(id, rules.Critical)
			h.tell(call(id, 1, "nurse", rules.Critical))
		}
		erased := false
		h.post.at("nurse@x", func(_ context.Context, _ int, take func()) error {
			if !erased {
				erased = true
				h.exec("INSERT INTO erasures (id, resident, asked_by, asked_at, reason, places, sources, tries, problem, hash) VALUES ('e', 'r1', '', 1, 'asked', '[]', '[]', 0, '', '')")
			}
			take()
			return nil
		})
		h.passes(10 * time.Minute)
		var said []string
		if err := h.db.NewSelect().Table("delivery_attempts").Column("said").
			Where("delivery IN (SELECT id FROM deliveries WHERE about = 'digest')").Scan(t.Context(), &said); err != nil || len(said) == 0 {
			t.Fatalf("%q: %v", said, err)
		}
		for _, one := range said {
			if one != "" {
				t.Errorf("a digest said %q of who is erased", one)
			}
		}
	})
}
