package web_test

import (
	"context"
	"time"

	"github.com/anxin-care/anxin/web"
)

// rightsBook keeps in memory who was given what of 赵德明, and who was erased. Who may
// ask nothing of the privacyBook may ask nothing of it.
type rightsBook struct {
	privacy *privacyBook
	refuses error
	erased  []string // "r-zhao: why"
}

func (b *rightsBook) MayCopy(context.Context, web.User, string) (bool, error)  { return true, nil }
func (b *rightsBook) MayErase(context.Context, web.User, string) (bool, error) { return true, nil }

func (b *rightsBook) Disclosures(context.Context, web.User, string) ([]web.Disclosure, error) {
	now := b.privacy.now()
	return []web.Disclosure{
		{At: now.Add(-time.Hour), Kind: "copy", Who: "赵小芳", Scopes: []string{"status", "vitals"}},
		{At: now.Add(-2 * time.Hour), Kind: "message", Who: "Nurse <Wang>", Over: "email"},
		{At: now.Add(-50 * time.Hour), Kind: "emergency", Who: "Nurse Li", Reason: "No answer at the door."},
	}, b.privacy.allowed()
}

func (b *rightsBook) Erase(_ context.Context, _ web.User, resident, reason string) error {
	if b.refuses != nil {
		return b.refuses
	}
	b.erased = append(b.erased, resident+": "+reason)
	return nil
}

func (b *rightsBook) Erasures(context.Context, web.User) ([]web.Erasure, error) {
	now := b.privacy.now()
	return []web.Erasure{
		{ID: "01F2", Resident: "r-sun", AskedBy: "Boss", AskedAt: now.Add(-time.Minute), Reason: "moved away", Problem: "timeline: store unavailable",
			Places: []web.ErasedPlace{{Store: "timeline", What: "all", Before: -1, After: -1}, {Store: "records", What: "alerts", Before: 3}, {Store: "records", What: "alert_transitions", Before: 9, After: 1}, {Store: "records", What: "table_of_before", Before: 2}}},
		{ID: "01F1", Resident: "r-qian", AskedBy: "Boss", AskedAt: now.Add(-30 * time.Hour), Reason: "asked for it", DoneAt: now.Add(-29 * time.Hour), Hash: "5f2c0ad1e77b94a3c6f80213b5d9e4a7c1f26d3080b9e5a4d7c2f1e6b3a09485",
			Places: []web.ErasedPlace{{Store: "timeline", What: "readings", Before: 123456}, {Store: "records", What: "audit", Before: 7, After: 8, Kept: true}, {Store: "records", What: "teams"}}},
	}, b.privacy.allowed()
}

func (b *rightsBook) Processing(context.Context, web.User) (web.Processing, error) {
	return web.Processing{
		Residents: 12,
		Activities: []web.Activity{
			{Name: "care", Data: []string{"identity", "file"}, Sensitive: true, Basis: "contract"},
			{Name: "monitoring", Purpose: true, Data: []string{"vitals", "movements"}, Sensitive: true, Basis: "consent", Consents: 11, Version: "2026-11"},
		},
		Recipients: []web.Recipient{{Kind: "email", Host: "mail.example.org", Channel: true, Detail: true}, {Kind: "heartbeat", Host: "watch.example.org"}},
		Kept:       []web.Keeping{{What: "journal", Where: "sqlite", For: 24 * time.Hour}, {What: "audit", Where: "postgresql", For: 2196 * 24 * time.Hour}, {What: "records", Where: "postgresql"}},
		Measures:   []string{"access_check", "audit_chain"},
		Missing:    []string{"https_only", "disk_encryption_unknown"},
	}, b.privacy.allowed()
}
