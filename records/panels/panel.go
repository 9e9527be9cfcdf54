package panels

import (
	"regexp"
	"slices"
	"time"

	"github.com/anxin-care/anxin/store"
)

// Panel is a group of experts to whom questions are put.
type Panel struct {
	ID, Name string
	// Members are in the order in which they speak where they speak in turn.
	Members []Member
	// Disabled are the members who do not sign in any more, as it is now: nobody waits for
	// them until they do again.
	Disabled []string
	// Active panels take questions.
	Active bool
	// Openers are the rules whose alerts put a question by themselves.
	Openers []Opener

	// Version counts from 1.
	Version   int
	ChangedAt time.Time
	ChangedBy string // a user; "" for the command line
	Reason    string
}

// Member is an expert of a panel.
type Member struct {
	User       string `json:"user"`
	Speciality string `json:"speciality"` // in words: "Cardiology"
	// Chair says that they publish the panel's advice. One of the members does.
	Chair bool `json:"chair,omitempty"`
}

// Opener is a rule that puts a question by itself when it has alerted so often
// about one resident within so many days.
type Opener struct {
	Rule   string `json:"rule"`
	Alerts int    `json:"alerts"`
	Days   int    `json:"days"`
}

// Chair is the member who publishes the advice; "" when there is none.
func (p *Panel) Chair() string {
	for _, m := range p.Members {
		if m.Chair {
			return m.User
		}
	}
	return ""
}

// Has reports whether a user is a member.
func (p *Panel) Has(user string) bool {
	return slices.ContainsFunc(p.Members, func(m Member) bool { return m.User == user })
}

// waitsFor reports whether a user is a member who can answer.
func (p *Panel) waitsFor(user string) bool { return p.Has(user) && !slices.Contains(p.Disabled, user) }

var idPattern = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// settle puts the panel in the form in which it is kept, and finds all that is
// wrong with it, whoever the members are.
func (p *Panel) settle() error {
	var f faults
	if !idPattern.MatchString(p.ID) {
		f.add("id", "must be 1 to 64 letters, digits or hyphens")
	}
	f.text("name", &p.Name, mostWords, true)
	f.text("reason", &p.Reason, mostReason, false)
	if n := len(p.Members); n == 0 || n > mostMembers {
		f.add("members", "want 1 to %d experts", mostMembers)
	}
	chairs, seen := 0, map[string]bool{}
	for i := range p.Members {
		m := &p.Members[i]
		f.text("members", &m.Speciality, mostWords, true)
		if m.Chair {
			chairs++
		}
		if seen[m.User] {
			f.add("members", "user %q is there twice", m.User)
		}
		seen[m.User] = true
	}
	if len(p.Members) > 0 && chairs != 1 {
		f.add("members", "want one chair among them, not %d", chairs)
	}
	if len(p.Openers) > 50 {
		f.add("openers", "are more than 50")
	}
	for i := range p.Openers {
		o := &p.Openers[i]
		f.text("openers", &o.Rule, 64, true)
		if o.Alerts < 1 || o.Alerts > 100 || o.Days < 1 || o.Days > 90 {
			f.add("openers", "%s: want 1 to 100 alerts within 1 to 90 days", o.Rule)
		}
	}
	return store.Invalid("panel", p.ID, f.list)
}
