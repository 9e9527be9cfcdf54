package records

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store"
)

// Access decides who may see and do what. Every read and change of a resident's
// data asks it first, and it writes both down, with the reason why it was allowed.
// What is opened by itself is not allowed when it cannot be written down; what lists
// show is written down at the end of the piece of work. The zero one knows no care teams, so
// that to it a family is nobody's, and writes nothing.
//
// What somebody may is decided by what they are to the resident: see standing.go.
type Access struct {
	db  bun.IDB
	log *audit.Log
	now func() time.Time
}

// NewAccess returns the check over what db says of people and consents. A nil log
// writes nothing down; a nil now is the clock.
func NewAccess(db *store.DB, log *audit.Log, now func() time.Time) Access {
	if now == nil {
		now = time.Now
	}
	return Access{db: db, log: log, now: now}
}

// right is what somebody wants to do with a resident's data, other than see it.
type right string

const (
	lookAfter right = "look after" // what changes from day to day
	keep      right = "keep"       // the health file
	consent   right = "consent"    // who may see what
	overlook  right = "overlook"   // who has looked
	export    right = "export"     // a copy of all of it
	called    right = "say at which number they are called"
)

// duty is what somebody wants to do that is not about one resident.
type duty string

const (
	arrange duty = "arrange" // who is told, and who is on duty
	oversee duty = "oversee" // homes, devices, rules
	manage  duty = "manage"  // residents and devices
)

// MaySee returns nil when the user may see a kind of the resident's data, and a
// fault of the kind ErrForbidden otherwise.
func (a Access) MaySee(ctx context.Context, u User, scope Scope, resident string) error {
	s, err := a.standing(ctx, u, resident)
	if err != nil {
		return about("resident", resident, err)
	}
	allowed := s.scope.Has(scope)
	if err := a.looked(ctx, audit.Entry{Actor: u.ID, Action: audit.Read, Resident: resident, Scope: scope.String(), Ground: s.ground}, allowed); err != nil {
		return about("resident", resident, err)
	}
	if !allowed {
		return forbidden("see "+scope.String(), "resident", resident)
	}
	return nil
}

// Sees reports whether the user may see a kind of the resident's data, for lists
// of what somebody sees: that it was refused is not written down. What was seen is,
// at the end of the piece of work, see [Access.Begin].
func (a Access) Sees(ctx context.Context, u User, scope Scope, resident string) (bool, error) {
	s, err := a.standing(ctx, u, resident)
	if err != nil {
		return false, about("resident", resident, err)
	}
	if !s.scope.Has(scope) {
		return false, nil
	}
	return true, a.listed(ctx, u, s, resident, scope)
}

// listed notes what a list shows, for the end of the piece of work.
func (a Access) listed(ctx context.Context, u User, s standing, resident string, scope Scope) error {
	if scope == 0 {
		return nil
	}
	entry := audit.Entry{Actor: u.ID, Action: audit.Read, Resident: resident, Scope: scope.String(), Ground: s.ground}
	if w := workOf(ctx); w != nil {
		w.see(entry)
		return nil
	}
	return a.looked(ctx, entry, true)
}

// Glance returns which kinds of a resident's data the user may see, for a page that
// shows several of those that change by the minute: status, vitals and alerts are
// written down as seen, as [Access.Sees] does.
func (a Access) Glance(ctx context.Context, u User, resident string) (Scope, error) {
	s, err := a.standing(ctx, u, resident)
	if err != nil {
		return 0, about("resident", resident, err)
	}
	return s.scope, a.listed(ctx, u, s, resident, s.scope&(Status|Vitals|Alerts))
}

// MayLookAfter returns nil when the user may act for the resident from day to day:
// claim and close alerts, say what they are in for a while; and a fault of the kind
// ErrForbidden otherwise.
func (a Access) MayLookAfter(ctx context.Context, u User, resident string) error {
	return a.may(ctx, u, lookAfter, resident)
}

// LooksAfter reports the same for a page that asks which buttons to show: nothing
// is written down.
func (a Access) LooksAfter(ctx context.Context, u User, resident string) bool {
	return a.has(ctx, u, lookAfter, resident)
}

// StillLooksAfter is [Access.LooksAfter] for who must know it from not being able to
// find out.
func (a Access) StillLooksAfter(ctx context.Context, u User, resident string) (bool, error) {
	s, err := a.standing(ctx, u, resident)
	if err != nil {
		return false, about("resident", resident, err)
	}
	return s.has(lookAfter), nil
}

// MayKeep returns nil when the user may change the resident's health file, and a
// fault of the kind ErrForbidden otherwise.
func (a Access) MayKeep(ctx context.Context, u User, resident string) error {
	return a.may(ctx, u, keep, resident)
}

// Keeps reports the same for a page that asks which buttons to show.
func (a Access) Keeps(ctx context.Context, u User, resident string) bool {
	return a.has(ctx, u, keep, resident)
}

// MayMerge returns nil when the user may make two residents' files one, and two
// again: staff who keep both files. It is a fault of the kind ErrForbidden otherwise.
func (a Access) MayMerge(ctx context.Context, u User, one, other string) error {
	if u.Role != Administrator && u.Role != Caregiver || u.Bound.Bounded {
		return forbidden("merge files", "resident", one)
	}
	for _, resident := range []string{one, other} {
		if err := a.may(ctx, u, keep, resident); err != nil {
			return err
		}
	}
	return nil
}

// MayConsent returns nil when the user may enter and withdraw the resident's
// consents, and a fault of the kind ErrForbidden otherwise.
func (a Access) MayConsent(ctx context.Context, u User, resident string) error {
	return a.may(ctx, u, consent, resident)
}

// MayReadConsents is the same for who only reads what was agreed to.
func (a Access) MayReadConsents(ctx context.Context, u User, resident string) error {
	return a.mayBy(ctx, u, consent, resident, audit.Read, a.looked)
}

// Consents reports the same for a page that asks which buttons to show.
func (a Access) Consents(ctx context.Context, u User, resident string) bool {
	return a.has(ctx, u, consent, resident)
}

// MayOverlook returns nil when the user may see who has looked at the resident's
// data, and a fault of the kind ErrForbidden otherwise.
func (a Access) MayOverlook(ctx context.Context, u User, resident string) error {
	return a.mayBy(ctx, u, overlook, resident, audit.Read, a.looked)
}

// Overlooks reports the same for a page that asks which links to show.
func (a Access) Overlooks(ctx context.Context, u User, resident string) bool {
	return a.has(ctx, u, overlook, resident)
}

// MayBreakGlass returns nil when the user may have access in an emergency to
// residents of whom they see nothing: the staff of the service. It is a fault of
// the kind ErrForbidden otherwise.
func (a Access) MayBreakGlass(_ context.Context, u User, resident string) error {
	if u.ID != "" && (u.Role == Caregiver || u.Role == Administrator) && !u.Bound.Bounded {
		return nil
	}
	return forbidden("break the glass", "resident", resident)
}

// MayArrange returns nil when the user may see how people are reached, and change
// that, care teams, teams and rosters; and a fault of the kind ErrForbidden
// otherwise. What somebody's own contact is they may change without it.
func (a Access) MayArrange(ctx context.Context, u User) error { return a.hasDuty(u, arrange) }

// MayArrangeFor returns nil when the user may change the care team of a resident:
// who may arrange, and keeps the resident's file, for whoever is put into a care team
// may see them. It is a fault of the kind ErrForbidden otherwise.
func (a Access) MayArrangeFor(ctx context.Context, u User, resident string) error {
	if err := a.MayArrange(ctx, u); err != nil {
		return err
	}
	return a.MayKeep(ctx, u, resident)
}

// MayChangeContact returns nil when the user may change how a contact is reached: who
// may arrange for all those in whose care teams it is, for whoever is reached hears of
// them. How one of the staff is reached they change themselves, or an administrator
// does. It is a fault of the kind ErrForbidden otherwise.
func (a Access) MayChangeContact(ctx context.Context, u User, contact string) error {
	if err := a.MayArrange(ctx, u); err != nil || u.Role == Administrator || a.db == nil {
		return err
	}
	var of struct {
		User string `bun:"user_id"`
		Role Role   `bun:"role"`
	}
	err := a.db.NewSelect().TableExpr("contacts AS c").Join("JOIN users AS u ON u.id = c.user_id").ColumnExpr("c.user_id, u.role").
		Where("c.id = ?", contact).Scan(ctx, &of)
	if err != nil && !noRows(err) {
		return about("contact", contact, err)
	}
	if of.User != u.ID && (of.Role == Administrator || of.Role == Caregiver) {
		return forbidden("change how one of the staff is reached", "contact", contact)
	}
	var residents []string
	if err := a.db.NewSelect().Table("care_team").Column("resident").Where("contact = ?", contact).Order("resident").Scan(ctx, &residents); err != nil {
		return about("contact", contact, err)
	}
	for _, resident := range residents {
		if err := a.MayArrangeFor(ctx, u, resident); err != nil {
			return err
		}
	}
	return nil
}

// MayOversee returns nil when the user may see all homes and devices, and the
// rules; and a fault of the kind ErrForbidden otherwise.
func (a Access) MayOversee(ctx context.Context, u User) error { return a.hasDuty(u, oversee) }

// MayAppoint returns nil when the user may say who signs in, and as what; and a fault
// of the kind ErrForbidden otherwise. A token with bounds may not: it could make a user
// who has none.
func (a Access) MayAppoint(ctx context.Context, u User) error {
	if u.Bound.Bounded {
		return forbidden("say who signs in", "user", u.ID)
	}
	return a.MayManage(ctx, u)
}

// MayChange returns nil when what signed in may change anything at all, and a fault
// of the kind ErrForbidden for a token that only reads. What exactly, the other checks
// say.
func (a Access) MayChange(_ context.Context, u User) error {
	if u.Bound.Bounded && !u.Bound.Changes {
		return forbidden("change something with this token", "user", u.ID)
	}
	return nil
}

// MayBeSelf returns nil when the user may see and change how they themselves are
// told, and a fault of the kind ErrForbidden for a token that is bound to residents'
// data.
func (a Access) MayBeSelf(_ context.Context, u User) error {
	if u.ID == "" || u.Bound.holds() {
		return forbidden("see your own contact with this token", "user", u.ID)
	}
	return nil
}

// MayManage returns nil when the user may add and change residents and devices, and a fault of the kind ErrForbidden otherwise.
func (a Access) MayManage(ctx context.Context, u User) error { return a.hasDuty(u, manage) }

func (a Access) may(ctx context.Context, u User, what right, resident string) error {
	return a.mayBy(ctx, u, what, resident, audit.Change, a.changed)
}

// mayBy checks a right and writes it down as an action.
func (a Access) mayBy(ctx context.Context, u User, what right, resident string, action audit.Action, note func(context.Context, audit.Entry, bool) error) error {
	s, err := a.standing(ctx, u, resident)
	if err != nil {
		return about("resident", resident, err)
	}
	allowed := s.has(what)
	entry := audit.Entry{Actor: u.ID, Action: action, Resident: resident, Scope: what.scope().String(), Ground: s.ground}
	if err := note(ctx, entry, allowed); err != nil {
		return about("resident", resident, err)
	}
	if !allowed {
		return forbidden(string(what), "resident", resident)
	}
	return nil
}

func (a Access) has(ctx context.Context, u User, what right, resident string) bool {
	s, err := a.standing(ctx, u, resident)
	return err == nil && s.has(what)
}

// scope is the kind of data that a right is about.
func (r right) scope() Scope {
	switch r {
	case lookAfter:
		return Alerts
	case keep:
		return File
	}
	return Status
}

// hasDuty is the check of what is not about one resident. It is closed: what no
// case allows is refused.
func (a Access) hasDuty(u User, what duty) error {
	switch {
	case u.ID == "", u.Bound.holds():
	case u.Role == Administrator:
		return nil
	case u.Role == Caregiver && what != manage:
		return nil
	}
	return forbidden(string(what), "user", u.ID)
}

func forbidden(what, entity, id string) error {
	return &store.Fault{Kind: ErrForbidden, Code: CodeForbidden, Entity: entity, ID: id, Detail: what + ": not allowed to this user"}
}

// looked writes down that something is seen, or was refused.
func (a Access) looked(ctx context.Context, e audit.Entry, allowed bool) error {
	if a.log == nil {
		return nil
	}
	return a.log.Look(ctx, outcome(e, allowed))
}

// changed writes down that something is changed, or was refused.
func (a Access) changed(ctx context.Context, e audit.Entry, allowed bool) error {
	if a.log == nil {
		return nil
	}
	return a.log.Append(ctx, outcome(e, allowed))
}

func outcome(e audit.Entry, allowed bool) audit.Entry {
	if !allowed {
		e.Refused, e.Ground = true, ""
	}
	return e
}
