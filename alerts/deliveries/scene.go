package deliveries

import (
	"context"
	"time"

	"github.com/anxin-care/anxin/alerts/engine"
)

// Scene is what the page behind a link shows of an alert: as much as whoever was
// told may know over the channel of the message, see [Writer]. What they may not is
// empty.
type Scene struct {
	// Residents are the ids of whom it concerns, As is who reads it and Relation what
	// they are, for whoever writes that down.
	Residents []string
	As        string
	Relation  Relation
	// Name is whom it is about, What what happened, Why the values that led to it, and
	// Where the place.
	Name, What, Why, Where string
	Since                  time.Time
	Phones                 []Phone
	// Offers are what else may be done about it.
	Offers []Offer
}

// Phone is a number to call.
type Phone struct {
	Number string
	Of     string // a resident's name
	Home   bool   // or it is that of the home
}

// Offer is another link about the same.
type Offer struct {
	Action Action
	Label  string
	Token  string
}

// scene is what is shown of the alert that a link is about; nil when nothing may be
// shown, of which there is no more than the message said.
func (t *Taps) scene(ctx context.Context, d *Draft, f *followed, letter *Letter) (*Scene, error) {
	facts, err := t.writer.facts(ctx, d)
	if err != nil {
		return nil, err
	}
	to := audienceOf(d.Relation, d.Channel.Trusted)
	if to == plainly || to == forResident {
		return nil, nil
	}
	p := t.writer.pen(facts.language(d.Contact.Language))
	said := facts.said(d, p)
	s := &Scene{As: f.as(), Relation: d.Relation, Where: facts.where(), Since: facts.alert.Since}
	for _, r := range facts.concerned {
		s.Residents = append(s.Residents, r.ID)
	}
	if to != forNeighbour {
		s.Name, s.What, s.Why = said.Name, said.Message, said.Why
	}
	if facts.alert.Open() && !said.Drill {
		s.Phones = facts.phones(d)
	}
	s.Offers = t.offers(facts, f, letter)
	return s, p.err
}

// offers are the other links of the message about an alert that is open. They end
// when the one does that was followed: no link makes another last longer.
func (t *Taps) offers(facts *facts, f *followed, letter *Letter) (list []Offer) {
	for _, l := range letter.Links {
		switch {
		case l.Action == f.action, l.Action != Claim && l.Action != FalseAlarm:
		case facts.alert.Status == engine.Claimed && (l.Action == Claim || facts.alert.ClaimedBy != f.as()):
		default:
			list = append(list, Offer{l.Action, l.Label, t.links.token(ticket{l.Action, f.delivery, f.until})})
		}
	}
	return list
}
