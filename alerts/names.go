package alerts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/internal/zones"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// Names finds what the messages of alerts name. Names stand in the records; an
// alert has only ids.
type Names struct {
	residents *records.Residents
	registry  *devices.Registry
	// known are the residents who were looked up, nil for names that remember none.
	known map[string]records.Resident
}

// MayRead reports whether a user may see an alert that concerns residents: who may
// see one of them, or, where it concerns nobody, who may manage everything.
func MayRead(ctx context.Context, access records.Access, u records.User, concerned []records.Resident) bool {
	return may(ctx, access, u, concerned, func(ctx context.Context, u records.User, resident string) error {
		return sees(ctx, access, u, resident)
	})
}

// sees is nil when a user may see the alerts of a resident.
func sees(ctx context.Context, access records.Access, u records.User, resident string) error {
	may, err := access.Sees(ctx, u, records.Alerts, resident)
	if err == nil && !may {
		err = store.ErrForbidden
	}
	return err
}

// MayAct reports whether a user may do something about such an alert: who may look
// after one of them.
func MayAct(ctx context.Context, access records.Access, u records.User, concerned []records.Resident) bool {
	return may(ctx, access, u, concerned, access.MayLookAfter)
}

func may(ctx context.Context, access records.Access, u records.User, concerned []records.Resident, one func(context.Context, records.User, string) error) bool {
	if len(concerned) == 0 {
		return access.MayManage(ctx, u) == nil
	}
	return slices.ContainsFunc(concerned, func(r records.Resident) bool { return one(ctx, u, r.ID) == nil })
}

// NewNames returns the names of residents and devices.
func NewNames(residents *records.Residents, registry *devices.Registry) *Names {
	return &Names{residents: residents, registry: registry}
}

// Remembering are the same names for one piece of work, such as a page: of each
// resident they ask the records once. It is for one goroutine.
func (n *Names) Remembering() *Names {
	return &Names{residents: n.residents, registry: n.registry, known: map[string]records.Resident{}}
}

func (n *Names) resident(ctx context.Context, id string) (records.Resident, error) {
	if r, ok := n.known[id]; ok {
		return r, nil
	}
	r, err := n.residents.Get(ctx, id)
	if err == nil && n.known != nil {
		n.known[id] = r
	}
	return r, err
}

// Of is what the messages of an alert name, and the residents whom it concerns:
// whom it is about, who wore the device then, or all who live in the home.
func (n *Names) Of(ctx context.Context, a Alert) (About, []records.Resident, error) {
	about, concerned, err := n.of(ctx, a)
	if err != nil {
		return about, nil, fmt.Errorf("find whom alert %s concerns: %w", a.ID, err)
	}
	return about, concerned, nil
}

func (n *Names) of(ctx context.Context, a Alert) (about About, concerned []records.Resident, err error) {
	if concerned, err = n.concerned(ctx, a); err != nil {
		return about, nil, err
	}
	var names []string
	for _, r := range concerned {
		names = append(names, r.Name)
		about.Zone = r.Zone()
	}
	if about.Zone == nil { // it concerns nobody
		if about.Zone, err = zones.Load(zones.Usual); err != nil {
			return about, nil, err
		}
	}
	about.Name = strings.Join(names, ", ")
	if len(a.Evidence.Readings) > 0 {
		zone := devices.Zone(a.Evidence.Readings[0].Zone)
		about.Place = rules.Text{EN: zone.In("en"), ZH: zone.In("zh")}
	}
	if a.Device == "" {
		return about, concerned, nil
	}
	device, err := n.registry.Get(ctx, a.Device)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return about, nil, err
	}
	if about.Device = device.Name; about.Device == "" {
		about.Device = a.Device
	}
	return about, concerned, nil
}

// MayKnow reports whether a user may know that there is an alert, by who may know how
// one of those is whom it concerns, without reading who is named in it.
func (n *Names) MayKnow(ctx context.Context, access records.Access, u records.User, a Alert) (bool, error) {
	if ids, known := n.subjects(a); known {
		return slices.ContainsFunc(ids, func(id string) bool { return knows(ctx, access, u, id) == nil }), nil
	}
	concerned, err := n.concerned(ctx, a)
	return err == nil && may(ctx, access, u, concerned, func(ctx context.Context, u records.User, resident string) error {
		return knows(ctx, access, u, resident)
	}), err
}

// knows is nil when a user may know how a resident is.
func knows(ctx context.Context, access records.Access, u records.User, resident string) error {
	scope, err := access.Glance(ctx, u, resident)
	if err == nil && !scope.Has(records.Status) {
		err = store.ErrForbidden
	}
	return err
}

// subjects are whom an alert concerns where that is known without the records.
func (n *Names) subjects(a Alert) (ids []string, known bool) {
	switch {
	case a.Resident != "":
		return []string{a.Resident}, true
	case a.Device != "":
		ids = n.registry.ResidentsAt(a.Device, a.BeganAt.UnixMilli())
	}
	return ids, len(ids) > 0
}

func (n *Names) concerned(ctx context.Context, a Alert) ([]records.Resident, error) {
	ids, known := n.subjects(a)
	if !known && a.Device == "" && a.Home == "" { // about Anxin itself
		return nil, nil
	}
	if !known && (a.Device == "" || a.Home != "") { // of a home, or worn by nobody any more
		return n.residents.List(ctx, records.ResidentQuery{Home: a.Home})
	}
	list := make([]records.Resident, 0, len(ids))
	for _, id := range ids {
		r, err := n.resident(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}
