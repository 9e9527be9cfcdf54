package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

// circleView is who is around a resident, on the resident's page.
type circleView struct {
	Circle
	*locale
	resident Resident
	Back     string
	now      time.Time
	// Untils are times until which somebody may have the resident.
	Untils []option
	// Others are who it can be offered to.
	Others []Person
	// Gap says of which alerts nobody can be told, "" when somebody can of all.
	Gap string
}

// option is one of a list to choose from.
type option struct {
	Value, Label string
	Chosen       bool
}

func (s *Site) circle(ctx context.Context, user User, p *page, resident Resident) (*circleView, error) {
	around, err := s.people.Circle(ctx, user, resident.ID)
	if err != nil {
		return nil, fmt.Errorf("read who is around resident %s: %w", resident.ID, err)
	}
	view := &circleView{
		Circle: around, locale: p.locale, resident: resident, Back: "/residents/" + resident.ID + "#circle", now: p.Now,
		Untils: p.untils(resident.Zone),
	}
	view.Others = slices.DeleteFunc(slices.Clone(around.Candidates), func(c Person) bool { return c.ID == around.Mine || c.ID == around.Holder.Person.ID })
	view.Gap, err = s.gap(ctx, user, p, resident.ID)
	return view, err
}

// handOver are the hours of the day at which people hand over.
var handOver = []int{8, 12, 18, 20, 22}

// untils are the coming hours of handing over, of today and tomorrow, and the
// evenings of a week.
func (p *page) untils(zone *time.Location) []option {
	local := p.Now.In(zone)
	var list []option
	for day := range 8 {
		for _, hour := range handOver {
			if day > 1 && hour != 20 {
				continue
			}
			t := time.Date(local.Year(), local.Month(), local.Day()+day, hour, 0, 0, 0, zone)
			if t.Sub(p.Now) < 15*time.Minute {
				continue
			}
			list = append(list, option{Value: t.Format(time.RFC3339), Label: p.day(t, zone) + " " + t.Format("15:04")})
		}
	}
	return list
}

// day is the day of a moment in a zone, as people say it.
func (p *page) day(t time.Time, zone *time.Location) string { return p.dayOf(t, p.Now, zone) }

func (l *locale) dayOf(t, now time.Time, zone *time.Location) string {
	t, now = t.In(zone), now.In(zone)
	switch t.Format(time.DateOnly) {
	case now.Format(time.DateOnly):
		return l.T("day.today")
	case now.AddDate(0, 0, 1).Format(time.DateOnly):
		return l.T("day.tomorrow")
	}
	return l.weekday(t.Weekday()) + " " + t.Format("01-02")
}

func (l *locale) weekday(d time.Weekday) string {
	return l.T("weekday." + strings.ToLower(d.String()))
}

// until is a moment with its day, by the resident's clock.
func (v *circleView) until(t time.Time) string {
	return v.dayOf(t, v.now, v.resident.Zone) + " " + t.In(v.resident.Zone).Format("15:04")
}

// Held says who has the resident.
func (v *circleView) Held() string {
	switch {
	case v.Holder.Person.ID == "":
		return v.T("duty.nobody")
	case v.HeldByMe():
		return v.T("duty.mine", "time", v.until(v.Holder.Until))
	}
	return v.T("duty.held", "name", v.Holder.Name, "time", v.until(v.Holder.Until))
}

// HeldByMe reports that the user has the resident.
func (v *circleView) HeldByMe() bool { return v.Mine != "" && v.Holder.Person.ID == v.Mine }

// MayTake reports that the user can say "I have them", or for longer.
func (v *circleView) MayTake() bool {
	return v.MayHold && (v.Holder.Person.ID == "" || v.HeldByMe())
}

// MayOffer reports that the user can offer it to somebody.
func (v *circleView) MayOffer() bool {
	return len(v.Others) > 0 && (v.MayArrange || v.MayHold && (v.Holder.Person.ID == "" || v.HeldByMe()))
}

// MayReturn reports that the user can give it back.
func (v *circleView) MayReturn() bool {
	return v.Holder.Person.ID != "" && (v.HeldByMe() || v.MayArrange)
}

// ForMe are the offers to the user, Open those to others.
func (v *circleView) ForMe() []Duty {
	return slices.DeleteFunc(slices.Clone(v.Offers), func(d Duty) bool { return v.Mine == "" || d.Person.ID != v.Mine })
}

// Open are the offers to others.
func (v *circleView) Open() []Duty {
	return slices.DeleteFunc(slices.Clone(v.Offers), func(d Duty) bool { return v.Mine != "" && d.Person.ID == v.Mine })
}

// Offered says what is offered to the user, or to another.
func (v *circleView) Offered(d Duty) string {
	if v.Mine != "" && d.Person.ID == v.Mine {
		return v.T("duty.offered_you", "resident", v.resident.Name, "time", v.until(d.Until))
	}
	return v.T("duty.offered", "name", d.Name, "time", v.until(d.Until))
}

// MayTakeBack reports that the user can take an offer to another back.
func (v *circleView) MayTakeBack(d Duty) bool { return v.MayArrange || d.OfferedByMe }

// Path is the address of the resident's page.
func (v *circleView) Path() string { return "/residents/" + v.resident.ID }

// As is what a member is, in words.
func (v *circleView) As(m Member) string { return v.T("relation." + string(m.Relation)) }

// By says how a member is reached.
func (v *circleView) By(m Member) string { return m.by(v.locale) }

// by says how a member is reached, or why they are not told.
func (m *Member) by(l *locale) string {
	if m.Disabled {
		return l.T("member.disabled")
	}
	if m.Withheld {
		return l.T("member.withheld")
	}
	return reached(l, m.Reached)
}

func reached(l *locale, kinds []ChannelKind) string {
	if len(kinds) == 0 {
		return l.T("member.unreachable")
	}
	var words []string
	for _, kind := range kinds {
		if word := l.T("channel." + string(kind)); !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return strings.Join(words, ", ")
}

// Names are who is on duty.
func (v *circleView) Names() string { return names(v.locale, v.OnDuty) }

func names(l *locale, people []Person) string {
	if len(people) == 0 {
		return l.T("roster.nobody")
	}
	list := make([]string, len(people))
	for i, p := range people {
		list[i] = p.Name
	}
	return strings.Join(list, l.T("list.and"))
}

// giveDuty takes it, or offers it to another.
func (s *Site) giveDuty(ctx context.Context, user User, resident string, r *http.Request) error {
	until, err := time.Parse(time.RFC3339, r.PostFormValue("until"))
	if err != nil {
		return fmt.Errorf("%w: until %q", errForm, r.PostFormValue("until"))
	}
	if contact := r.PostFormValue("contact"); contact != "" {
		return s.people.OfferDuty(ctx, user, resident, contact, until)
	}
	return s.people.TakeDuty(ctx, user, resident, until)
}

func (s *Site) returnDuty(ctx context.Context, user User, resident string, _ *http.Request) error {
	return s.people.ReturnDuty(ctx, user, resident)
}

func (s *Site) acceptDuty(ctx context.Context, user User, resident string, r *http.Request) error {
	return s.people.AcceptDuty(ctx, user, resident, chi.URLParam(r, "duty"))
}

func (s *Site) declineDuty(ctx context.Context, user User, resident string, r *http.Request) error {
	return s.people.DeclineDuty(ctx, user, resident, chi.URLParam(r, "duty"))
}
