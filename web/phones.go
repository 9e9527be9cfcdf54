package web

import (
	"context"
	"net/http"

	"github.com/anxin-care/anxin/internal/phones"
)

// call is a number to call, with one tap.
type call struct {
	Number string
	Dial   string // what the telephone dials
	At     string // whose it is, in words
}

// calls are the numbers at which a resident is called.
func (l *locale) calls(p Phones) (list []call) {
	if p.Own != "" {
		list = append(list, call{p.Own, phones.Dial(p.Own), l.T("phone.own")})
	}
	if p.Home != "" {
		list = append(list, call{p.Home, phones.Dial(p.Home), l.T("phone.home")})
	}
	return list
}

// Calls are the numbers at which the resident is called.
func (v *circleView) Calls() []call { return v.calls(v.Phones) }

// setPhones keeps at which numbers a resident is called.
func (s *Site) setPhones(ctx context.Context, user User, resident string, r *http.Request) error {
	p := Phones{ForNeighbours: r.PostFormValue("neighbours") != ""}
	for field, to := range map[string]*string{"own": &p.Own, "home": &p.Home} {
		number, err := phones.Tidy(r.PostFormValue(field))
		if err != nil {
			return RefusedPhone
		}
		*to = number
	}
	return s.people.SetPhones(ctx, user, resident, p)
}
