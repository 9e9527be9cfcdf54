package web_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/anxin-care/anxin/web"
)

// privacyBook keeps in memory what was agreed to about 赵德明 and who has looked.
type privacyBook struct {
	now  func() time.Time
	zone *time.Location

	mu     sync.Mutex
	strict bool // the user may ask nothing of it
	list   []web.Consent
	broken []web.Emergency
}

func newPrivacyBook(now func() time.Time, zone *time.Location) *privacyBook {
	b := &privacyBook{now: now, zone: zone}
	b.list = []web.Consent{
		{ID: "01C2", Purpose: "sharing", Contact: fang, Scopes: []string{"status", "alerts"}, GivenBy: "赵德明", Manner: "paper", Proof: "Folder <7>", GivenAt: now().Add(-48 * time.Hour), From: now().Add(-48 * time.Hour), Until: now().Add(720 * time.Hour), Holds: true},
		{ID: "01C1", Purpose: "monitoring", GivenBy: "赵小芳", Guardian: true, Manner: "spoken", Proof: "court order", Witness: "Nurse Wang", GivenAt: now().Add(-72 * time.Hour), From: now().Add(-72 * time.Hour), WithdrawnAt: now().Add(-time.Hour), Withdrawal: "moved away"},
	}
	b.broken = []web.Emergency{
		{ID: "01E2", Resident: web.Person{ID: "r-zhao", Name: "赵德明"}, User: nurse, Reason: "He called from the stairs.", Since: now().Add(-time.Hour), Zone: zone},
		{ID: "01E1", Resident: web.Person{ID: "r-li", Name: "李秀英"}, User: night, Reason: "No answer at the door.", Since: now().Add(-50 * time.Hour), Zone: zone, Told: true, Reviewed: true, Justified: true, Reviewer: "Boss", Note: "an ambulance came"},
	}
	return b
}

func (b *privacyBook) allowed() error {
	if b.strict {
		return fmt.Errorf("not for you: %w", web.ErrNotFound)
	}
	return nil
}

func (b *privacyBook) May(context.Context, web.User, string) (consents, looks bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.strict, !b.strict, nil
}

func (b *privacyBook) Consents(context.Context, web.User, string, string) (web.ConsentFile, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return web.ConsentFile{List: slices.Clone(b.list), Texts: map[string]string{"monitoring": "I agree to be watched over.", "sharing": "I agree that they see <it>."}, Contacts: []web.Person{fang, aunt}}, b.allowed()
}

func (b *privacyBook) GiveConsent(_ context.Context, _ web.User, _ string, c web.Consent) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c.ID, c.Holds = fmt.Sprint("01N", len(b.list)), true
	b.list = append([]web.Consent{c}, b.list...)
	return b.allowed()
}

func (b *privacyBook) WithdrawConsent(_ context.Context, _ web.User, _, id, words string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.list {
		if b.list[i].ID == id {
			b.list[i].Holds, b.list[i].WithdrawnAt, b.list[i].Withdrawal = false, b.now(), words
			return b.allowed()
		}
	}
	return web.ErrNotFound
}

func (b *privacyBook) Looks(_ context.Context, _ web.User, _ string, before int64) ([]web.Look, error) {
	if before == 1 {
		return nil, b.allowed()
	}
	at := b.now()
	return []web.Look{
		{Seq: 5, At: at.Add(-time.Minute), Who: "Nurse <Wang>", Via: "page", Action: "read", Scopes: []string{"file"}, Ground: "team"},
		{Seq: 4, At: at.Add(-10 * time.Minute), Who: "Nurse <Wang>", Via: "page", Action: "read", Scopes: []string{"status", "vitals"}, Ground: "team"},
		{Seq: 2, At: at.Add(-time.Hour), Who: "赵大刚", Via: "api", Action: "read", Scopes: []string{"file"}, Refused: true},
		{Seq: 1, At: at.Add(-2 * time.Hour), Via: "service", Action: "break_glass", Ground: "emergency", Reason: "He called."},
	}, b.allowed()
}

func (b *privacyBook) Whom(_ context.Context, _ web.User, home string) ([]web.Person, error) {
	if home == "10-101" {
		return []web.Person{{ID: "r-zhao", Name: "赵德明"}}, b.allowed()
	}
	return nil, b.allowed()
}

func (b *privacyBook) BreakGlass(_ context.Context, user web.User, resident, reason string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = append([]web.Emergency{{ID: "01E3", Resident: web.Person{ID: resident}, User: web.Person{ID: user.ID}, Reason: reason, Since: b.now(), Zone: b.zone, Mine: true}}, b.broken...)
	return b.allowed()
}

func (b *privacyBook) Emergencies(context.Context, web.User) ([]web.Emergency, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.broken), b.allowed()
}

func (b *privacyBook) ReviewEmergency(_ context.Context, _ web.User, id string, justified bool, note string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.broken {
		if e := &b.broken[i]; e.ID == id {
			if e.Reviewed {
				return web.RefusedReview
			}
			e.Reviewed, e.Justified, e.Note = true, justified, note
			return b.allowed()
		}
	}
	return web.ErrNotFound
}
