package web

import (
	"time"

	"github.com/anxin-care/anxin/internal/phones"
)

// TapScene is what the page behind a link shows of an alert, as far as whoever was
// told may know it; the rest is "".
type TapScene struct {
	// Name is whom it is about, What what happened, Why the values that led to it, and
	// Where the place.
	Name, What, Why, Where string
	Since                  time.Time
	Phones                 []TapPhone
	// Offers are what else may be done about it.
	Offers []TapOffer
}

// TapPhone is a number to call: that of the resident of this name, or of the home.
type TapPhone struct {
	Number, Of string
	Home       bool
}

// TapOffer is another link about the same, by its token.
type TapOffer struct {
	Action       TapAction
	Label, Token string
}

// AtOnce reports whether a tap on it does it. A false alarm has its page ask once
// more, for it calls everybody off.
func (o TapOffer) AtOnce() bool { return o.Action == TapClaim }

// tapFact is a line of what is shown.
type tapFact struct{ Of, Says string }

// Facts are what is known of the alert, in words.
func (v tapView) Facts() (list []tapFact) {
	s := v.Tap.Scene
	if s == nil {
		return nil
	}
	since := ""
	if !s.Since.IsZero() {
		since = clock(s.Since, v.Now, v.Tap.Zone)
	}
	for _, one := range []tapFact{{v.T("tap.who"), s.Name}, {v.T("tap.what"), s.What}, {v.T("tap.since"), since}, {v.T("tap.where"), s.Where}, {v.T("tap.why"), s.Why}} {
		if one.Says != "" {
			list = append(list, one)
		}
	}
	return list
}

// Calls are the numbers to call with one tap.
func (v tapView) Calls() (list []call) {
	if v.Tap.Scene == nil {
		return nil
	}
	for _, p := range v.Tap.Scene.Phones {
		at := v.T("tap.call_one", "number", p.Number)
		switch {
		case p.Home:
			at = v.T("tap.call_home", "number", p.Number)
		case p.Of != "":
			at = v.T("tap.call", "name", p.Of, "number", p.Number)
		}
		list = append(list, call{p.Number, phones.Dial(p.Number), at})
	}
	return list
}

// Offers are what else may be done.
func (v tapView) Offers() []TapOffer {
	if v.Tap.Scene == nil {
		return nil
	}
	return v.Tap.Scene.Offers
}
