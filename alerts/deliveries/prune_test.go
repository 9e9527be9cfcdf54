package deliveries

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// What is old goes, with its attempts and links; what is open, of an open alert, of one
// that was closed lately or in a digest that still tells of something stays.
func TestWhatWasToldIsNotKeptForEver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		now := time.Date(2026, 11, 27, 4, 0, 0, 0, time.UTC)
		before := now.AddDate(-6, 0, 0)
		for _, id := range []string{"open", "over", "lately"} {
			h.alert(id, rules.Critical)
		}
		h.exec("UPDATE alerts SET status = 'resolved', resolved_at = ? WHERE id = 'over'", store.Millis(before.AddDate(0, -1, 0)))
		h.exec("UPDATE alerts SET status = 'resolved', resolved_at = ? WHERE id = 'lately'", store.Millis(before.AddDate(0, 1, 0)))
		names := map[string]string{} // by id
		n := 0
		tell := func(name string, at time.Time, about About, subject string, status Status, next int64, digest string) string {
			t.Helper()
			n++
			id := ulid.MustNew(ulid.Timestamp(at), nil)
			id[14], id[15] = byte(n>>8), byte(n)
			r := row{
				ID: id.String(), About: about, Subject: subject, Step: n, Says: Call, Contact: "c", Relation: Family, Severity: 3, Detail: "{}", Digest: digest, Status: status,
				QueuedAt: store.Millis(at), DueAt: store.Millis(at), NextAt: next, Attempts: 1,
			}
			if subject == "" {
				r.Subject = r.ID
			}
			if _, err := db.NewInsert().Model(&r).Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
			h.exec("INSERT INTO delivery_attempts (delivery, n, at, outcome, answer) VALUES (?, 1, 1, 'accepted', '')", r.ID)
			h.exec("INSERT INTO link_uses (hash, delivery, action, used_at, by_whom) VALUES (?, ?, 'claim', 1, 'u')", r.ID, r.ID)
			names[r.ID] = name
			return r.ID
		}
		old := before.AddDate(0, -2, 0)
		full := tell("a digest of what is open", old, OfDigest, "", Sent, 0, "")
		empty := tell("a digest of what is over", old, OfDigest, "", Sent, 0, "")
		tell("of an open alert", old, OfAlert, "open", Sent, 0, "")
		tell("news of an open alert, in a digest", old, OfNews, "open", Sent, 0, full)
		tell("of one closed long ago", old, OfAlert, "over", Seen, 0, "")
		tell("of one closed long ago, in a digest", old, OfAlert, "over", Seen, 0, empty)
		tell("of one closed lately", old, OfAlert, "lately", Failed, 0, "")
		tell("that is tried", old, OfOccurrence, "o1", Sending, 1, "")
		tell("a reminder", old, OfOccurrence, "o2", Dropped, 0, "")
		tell("a test", old, OfTest, "t1", Delivered, 0, "")
		tell("what is new", before.Add(time.Hour), OfTest, "t2", Delivered, 0, "")
		for i := range pruneAtOnce { // more than goes at once
			tell(fmt.Sprint("many ", i), old.Add(time.Minute), OfOccurrence, fmt.Sprint("m", i%200, "-", i), Sent, 0, "")
		}
		book := NewBook(db)
		gone, err := book.Prune(t.Context(), before)
		if err != nil || gone != pruneAtOnce+4 {
			t.Errorf("%d went: %v", gone, err)
		}
		// A digest goes once nothing is left that went in it.
		if gone, err = book.Prune(t.Context(), before); err != nil || gone != 1 {
			t.Errorf("then %d went: %v", gone, err)
		}
		want := []string{"a digest of what is open", "news of an open alert, in a digest", "of an open alert", "of one closed lately", "that is tried", "what is new"}
		for _, table := range []string{"deliveries", "delivery_attempts", "link_uses"} {
			column := map[string]string{"deliveries": "id"}[table]
			if column == "" {
				column = "delivery"
			}
			var ids, left []string
			if err := db.NewRaw("SELECT "+column+" FROM "+table).Scan(t.Context(), &ids); err != nil {
				t.Fatal(err)
			}
			for _, id := range ids {
				left = append(left, names[id])
			}
			slices.Sort(left)
			if !slices.Equal(left, want) {
				t.Errorf("%s has %q, want %q", table, left, want)
			}
		}
	})
}
