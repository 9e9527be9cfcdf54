package deliveries

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store/storetest"
)

// district begins many alerts, every twentieth of them critical, in one statement
// for each hundred.
func (h *house) district(n int) (ids []string, severities []rules.Severity) {
	h.t.Helper()
	err := h.db.Transact(context.Background(), func(ctx context.Context, tx bun.Tx) error {
		now := time.Now().UnixMilli()
		for i := range n {
			severity := rules.Warning
			if i%20 == 0 {
				severity = rules.Critical
			}
			id := fmt.Sprintf("a%05d", i)
			ids, severities = append(ids, id), append(severities, severity)
			if _, err := tx.NewRaw(`INSERT INTO alerts (id, resident, rule, rule_text, status, severity, since, began_at, changed_at, claimed_by, verdict, transitions)
				VALUES (?, ?, 'dark', '{}', 'firing', ?, ?, ?, ?, '', '', 1)`, id, fmt.Sprint("r", i), int8(severity), now, now, now).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return ids, severities
}

// storm tells two people on duty of all of them, as escalation does: some hundred
// in a transaction.
func (h *house) storm(ids []string, severities []rules.Severity) {
	h.t.Helper()
	for some := range slices.Chunk(indexes(len(ids)), 200) {
		var tellings []Telling
		for _, i := range some {
			for _, contact := range []string{"duty1", "duty2"} {
				tellings = append(tellings, Telling{About: OfAlert, Subject: ids[i], Step: 1, Says: Call, Who: Who{fmt.Sprint("r", i), contact}, Severity: severities[i]})
			}
		}
		err := h.db.Transact(context.Background(), func(ctx context.Context, tx bun.Tx) error { return h.Queue(ctx, tx, tellings) })
		if err != nil {
			h.t.Fatal(err)
		}
		h.Committed(tellings)
	}
}

func indexes(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// Many alerts at once come as a few messages, those about what is critical
// first, and each alert is in one of them.
func TestAStormComesAsDigests(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		const n = stormSize
		h.people.add("duty1", Staff, "a@x")
		h.people.add("duty2", Staff, "b@x", "c@x")
		h.post.at("b@x", failing) // what fails goes on as digests, too
		ids, severities := h.district(n)
		h.resolve(ids[n-1])
		h.storm(ids, severities)
		h.passes(20 * time.Minute)
		all := h.post.taken()
		messages := map[string]int{}
		for _, g := range all {
			messages[g.Channel.Address]++
		}
		t.Logf("%d alerts came as %v messages", n, messages)
		for address, most := range map[string]int{"a@x": 20, "c@x": 20} {
			if messages[address] == 0 || messages[address] > most {
				t.Errorf("%d messages at %s", messages[address], address)
			}
		}
		for _, g := range all {
			if g.About == OfDigest && g.Severity != rules.Critical && time.Since(g.at) > 16*time.Minute {
				t.Errorf("a digest without anything critical came first")
			}
		}
		// Nothing is lost: each is sent by itself or in a digest that was sent.
		var open int
		err := h.db.NewRaw(`SELECT count(*) FROM deliveries d WHERE about = 'alert' AND status NOT IN ('sent', 'dropped')
			AND NOT EXISTS (SELECT 1 FROM deliveries n WHERE n.subject = d.subject AND n.contact = d.contact AND n.status = 'sent')`).Scan(t.Context(), &open)
		if err != nil || open != 0 {
			t.Errorf("%d deliveries are neither sent nor dropped, %v", open, err)
		}
		var unmarked int
		err = h.db.NewRaw(`SELECT count(*) FROM deliveries WHERE gathered AND status = 'sent' AND digest NOT IN (SELECT id FROM deliveries WHERE about = 'digest' AND status = 'sent')`).Scan(t.Context(), &unmarked)
		if err != nil || unmarked != 0 {
			t.Errorf("%d are sent in no digest, %v", unmarked, err)
		}
		for _, r := range h.rows(ids[n-1]) {
			if r.Status != Dropped {
				t.Errorf("what was closed is %s", r.Status)
			}
		}
	})
}

// BenchmarkStorm says how long 10,000 alerts take until two people on duty have
// them, and what memory that takes at most.
func BenchmarkStorm(b *testing.B) {
	const n = 10_000
	for b.Loop() {
		b.StopTimer()
		h := newHouse(b, storetest.Open(b, storetest.SQLite(b)))
		h.people.add("duty1", Staff, "a@x")
		h.people.add("duty2", Staff, "b@x")
		ids, severities := h.district(n)
		h.run()
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		b.StartTimer()
		h.storm(ids, severities)
		queued := b.Elapsed()
		deadline := time.Now().Add(2 * criticalSlot)
		for { // until the critical ones are there
			var left int
			if err := h.db.NewRaw("SELECT count(*) FROM deliveries WHERE severity = 3 AND about = 'alert' AND status IN ('queued', 'sending')").Scan(b.Context(), &left); err != nil {
				b.Fatal(err)
			}
			if left == 0 {
				break
			}
			if time.Now().After(deadline) {
				b.Fatalf("%d are not sent", left)
			}
			select {
			case <-h.post.news:
			case <-time.After(20 * time.Millisecond): // its outcome is still to be written
			}
		}
		runtime.ReadMemStats(&after)
		b.ReportMetric(queued.Seconds(), "s-to-queue")
		b.ReportMetric(float64(after.HeapInuse-min(before.HeapInuse, after.HeapInuse))/(1<<20), "MiB-more")
		b.StopTimer()
		h.stop()
		b.StartTimer()
	}
}

// BenchmarkFirstCall says how long it takes from the decision to tell somebody until
// the provider is called.
func BenchmarkFirstCall(b *testing.B) {
	for _, database := range []struct {
		name string
		open func(*testing.B) *house
	}{
		{"sqlite", func(b *testing.B) *house { return newHouse(b, storetest.Open(b, storetest.SQLite(b))) }},
		{"postgres", func(b *testing.B) *house { return newHouse(b, storetest.Open(b, storetest.Postgres(b))) }},
	} {
		b.Run(database.name, func(b *testing.B) {
			h := database.open(b)
			h.run()
			defer func() { h.stop() }()
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				id, contact := fmt.Sprint("a", i), fmt.Sprint("c", i)
				h.people.add(contact, Staff, contact+"@x")
				h.alert(id, rules.Critical)
				b.StartTimer()
				began := time.Now()
				h.tell(call(id, 1, contact, rules.Critical))
				<-h.post.news
				took = append(took, h.post.taken()[0].at.Sub(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-p50")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
		})
	}
}
