package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/records"
)

// Home is where residents live.
type Home struct {
	ID       string `json:"id"`
	Name     string `json:"name" doc:"What people call it among themselves; never a person's name" example:"5-2"`
	TimeZone string `json:"time_zone" example:"Asia/Shanghai"`
	HomePhone
	CreatedAt time.Time `json:"created_at"`
}

// HomePhone is the telephone of a home.
type HomePhone struct {
	Phone         string `json:"phone,omitempty" doc:"The number of its telephone; those who are called about its residents are told it" example:"010-6265 1234"`
	ForNeighbours bool   `json:"phone_for_neighbours,omitempty" doc:"Neighbours who are called may be told it, too: they ring at the door otherwise"`
}

func showHome(h devices.Home) Home {
	return Home{ID: h.ID, Name: h.Name, TimeZone: h.TimeZone, HomePhone: HomePhone{h.Phone, h.ForNeighbours}, CreatedAt: h.CreatedAt.UTC()}
}

type homesOutput struct{ Body []Home }

func (a *API) listHomes(ctx context.Context, _ *struct{}) (*homesOutput, error) {
	if err := a.mayOversee(ctx); err != nil {
		return nil, err
	}
	homes, err := a.registry.Homes(ctx)
	if err != nil {
		return nil, a.failed(ctx, "list homes", err)
	}
	out := &homesOutput{Body: []Home{}}
	for _, h := range homes {
		out.Body = append(out.Body, showHome(h))
	}
	return out, nil
}

type newHomeInput struct {
	Body struct {
		ID       string `json:"id,omitempty" doc:"Yours to choose, or Anxin's"`
		Name     string `json:"name" minLength:"1" example:"5-2"`
		TimeZone string `json:"time_zone,omitempty" default:"Asia/Shanghai" example:"Asia/Shanghai"`
		HomePhone
	}
}

type homeOutput struct{ Body Home }

func (a *API) createHome(ctx context.Context, in *newHomeInput) (*homeOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	h, err := a.registry.AddHome(ctx, devices.Home{ID: in.Body.ID, Name: in.Body.Name, TimeZone: in.Body.TimeZone, Phone: in.Body.Phone, ForNeighbours: in.Body.ForNeighbours})
	if err != nil {
		return nil, a.failed(ctx, "create the home", err)
	}
	return &homeOutput{Body: showHome(h)}, nil
}

type homePhoneInput struct {
	ID   string `path:"id" doc:"Home id"`
	Body HomePhone
}

func (a *API) phoneHome(ctx context.Context, in *homePhoneInput) (*homeOutput, error) {
	user, _ := UserOf(ctx)
	if err := a.access.MayPhoneHome(ctx, user, in.ID); err != nil {
		return nil, a.failed(ctx, "check the access", err)
	}
	h, err := a.registry.SetHomePhone(ctx, in.ID, in.Body.Phone, in.Body.ForNeighbours)
	if err != nil {
		return nil, a.failed(ctx, "keep the home's telephone", err)
	}
	return &homeOutput{Body: showHome(h)}, nil
}

// Device is a device and how it is.
type Device struct {
	ID        string       `json:"id"`
	Name      string       `json:"name,omitempty" example:"Bracelet"`
	Kind      string       `json:"kind,omitempty" example:"bracelet"`
	Model     string       `json:"model,omitempty"`
	Codec     string       `json:"codec" doc:"The format that it is heard in" example:"native"`
	External  string       `json:"external" doc:"How that format names it"`
	Home      string       `json:"home,omitempty" doc:"The home where it is fixed"`
	Zone      string       `json:"zone,omitempty" doc:"Where in the home it stands: bathroom, bedroom, entrance, kitchen, living_room, hall or other; absent when not known" example:"bathroom"`
	Resident  string       `json:"resident,omitempty" doc:"Who wears it now"`
	Gateway   bool         `json:"gateway,omitempty" doc:"It publishes what other devices say"`
	Filters   []string     `json:"filters,omitempty" doc:"The topics that a gateway publishes on"`
	CreatedAt time.Time    `json:"created_at"`
	RetiredAt *time.Time   `json:"retired_at,omitempty"`
	State     *DeviceState `json:"state,omitempty" doc:"Absent for a device that was never heard"`
}

func (a *API) showDevice(ctx context.Context, d devices.Device) (Device, error) {
	shown := Device{
		ID: d.ID, Name: d.Name, Kind: d.Kind, Model: d.Model, Codec: d.Codec, External: d.External,
		Home: d.HomeID, Zone: string(d.Zone), Gateway: d.Gateway, Filters: d.Filters, CreatedAt: d.CreatedAt.UTC(), RetiredAt: when(d.RetiredAt),
		State: showState(a.health, d.ID),
	}
	wearings, err := a.registry.Wearings(ctx, d.ID)
	if err != nil {
		return Device{}, err
	}
	for _, w := range wearings {
		if w.To.IsZero() {
			shown.Resident = w.Resident
		}
	}
	return shown, nil
}

// when is nil for no time, so that JSON leaves it out.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

type devicesInput struct {
	Resident string `query:"resident" doc:"Only what this resident wears, and what is fixed in their home"`
	Home     string `query:"home" doc:"Only what is fixed in this home"`
}

type devicesOutput struct{ Body []Device }

func (a *API) listDevices(ctx context.Context, in *devicesInput) (*devicesOutput, error) {
	if in.Resident != "" {
		if err := a.maySee(ctx, records.Status, in.Resident); err != nil {
			return nil, a.failed(ctx, "check the access", err)
		}
	} else if err := a.mayOversee(ctx); err != nil {
		return nil, err
	}
	found, err := a.registry.List(ctx, devices.Query{Home: in.Home, Resident: in.Resident})
	if err != nil {
		return nil, a.failed(ctx, "list devices", err)
	}
	out := &devicesOutput{Body: []Device{}}
	for _, d := range found {
		shown, err := a.showDevice(ctx, d)
		if err != nil {
			return nil, a.failed(ctx, "list devices", err)
		}
		out.Body = append(out.Body, shown)
	}
	return out, nil
}

type deviceInput struct {
	ID string `path:"id" doc:"Device id"`
}

type deviceOutput struct{ Body Device }

func (a *API) readDevice(ctx context.Context, in *deviceInput) (*deviceOutput, error) {
	if err := a.mayOversee(ctx); err != nil {
		return nil, err
	}
	d, err := a.registry.Get(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the device", err)
	}
	shown, err := a.showDevice(ctx, d)
	if err != nil {
		return nil, a.failed(ctx, "read the device", err)
	}
	return &deviceOutput{Body: shown}, nil
}

type changeDeviceInput struct {
	ID   string `path:"id" doc:"Device id"`
	Body struct {
		Name  *string       `json:"name,omitempty" example:"Bracelet"`
		Kind  *string       `json:"kind,omitempty" example:"bracelet"`
		Model *string       `json:"model,omitempty"`
		Zone  *devices.Zone `json:"zone,omitempty" doc:"Where in the home it stands; empty for not known"`
	}
}

func (a *API) changeDevice(ctx context.Context, in *changeDeviceInput) (*deviceOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	b := &in.Body
	err := a.registry.Describe(ctx, in.ID, devices.Description{Name: b.Name, Kind: b.Kind, Model: b.Model, Zone: b.Zone})
	if err != nil {
		return nil, a.failed(ctx, "change the device", err)
	}
	return a.readDevice(ctx, &deviceInput{ID: in.ID})
}

// Enrolment is what a request says about a device that comes into use.
type Enrolment struct {
	Name     string     `json:"name,omitempty" example:"Bracelet"`
	Kind     string     `json:"kind,omitempty" example:"bracelet"`
	Model    string     `json:"model,omitempty"`
	Resident string     `json:"resident,omitempty" doc:"Who wears it"`
	Home     string     `json:"home,omitempty" doc:"Where it is fixed, instead"`
	Zone     string     `json:"zone,omitempty" doc:"Where in the home it stands: bathroom, bedroom, entrance, kitchen, living_room, hall or other; default what its name says"`
	From     *time.Time `json:"from,omitempty" doc:"Since when the resident wears it; default since its first reading"`
}

func (e Enrolment) of(d devices.Device) devices.Enrolment {
	d.Name, d.Kind, d.Model, d.HomeID, d.Zone = e.Name, e.Kind, e.Model, e.Home, devices.Zone(e.Zone)
	from := devices.FirstReading()
	if e.From != nil {
		from = *e.From
	}
	return devices.Enrolment{Device: d, Resident: e.Resident, From: from}
}

type newDeviceInput struct {
	Body struct {
		ID       string   `json:"id,omitempty" doc:"Yours to choose, or Anxin's; a native device's level in its topic" example:"cuff-7"`
		Codec    string   `json:"codec,omitempty" default:"native" example:"native"`
		External string   `json:"external,omitempty" doc:"How the format names it, when it is not native"`
		Gateway  bool     `json:"gateway,omitempty"`
		Filters  []string `json:"filters,omitempty"`
		Enrolment
	}
}

// NewDevice is a device that has come into use, and its MQTT password.
type NewDevice struct {
	Device
	Password string `json:"password,omitempty" doc:"MQTT password, shown this once; the user name is the id"`
}

type newDeviceOutput struct{ Body NewDevice }

func (a *API) addDevice(ctx context.Context, in *newDeviceInput) (*newDeviceOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	b := &in.Body
	e := b.Enrolment.of(devices.Device{ID: b.ID, Codec: b.Codec, External: b.External, Gateway: b.Gateway, Filters: b.Filters})
	added, secrets, err := a.registry.Enrol(ctx, []devices.Enrolment{e})
	if err != nil {
		return nil, a.failed(ctx, "add the device", err)
	}
	return a.newDevice(ctx, added[0], secrets[0])
}

func (a *API) newDevice(ctx context.Context, d devices.Device, secret string) (*newDeviceOutput, error) {
	shown, err := a.showDevice(ctx, d)
	if err != nil {
		return nil, a.failed(ctx, "read the new device", err)
	}
	return &newDeviceOutput{Body: NewDevice{Device: shown, Password: secret}}, nil
}

// Unclaimed is a device that is not known, or nobody's, and whose messages are held.
type Unclaimed struct {
	ID       string    `json:"id" doc:"To claim it by"`
	Codec    string    `json:"codec"`
	External string    `json:"external" doc:"How the format names it"`
	Messages int       `json:"messages" doc:"How many are held"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	Topic    string    `json:"topic" doc:"Of the newest message"`
	Payload  string    `json:"payload,omitempty" doc:"Of the newest message, shortened"`
}

// unclaimedID names an unknown device in a URL: a native one by its id, any
// other, whose name may hold slashes and spaces, by a digest.
func unclaimedID(codec, external string) string {
	if codec == devices.Native {
		return external
	}
	sum := sha256.Sum256([]byte(codec + "\x00" + external))
	return codec + "-" + hex.EncodeToString(sum[:6])
}

const (
	maxUnclaimed   = 10_000
	examplePayload = 500
)

type unclaimedInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"10000" default:"1000"`
}

type unclaimedOutput struct{ Body []Unclaimed }

func (a *API) listUnclaimed(ctx context.Context, in *unclaimedInput) (*unclaimedOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	summaries, err := a.journal.Summaries(ctx, in.Limit)
	if err != nil {
		return nil, a.failed(ctx, "list unclaimed devices", err)
	}
	out := &unclaimedOutput{Body: []Unclaimed{}}
	for _, s := range summaries {
		payload := s.Example.Payload[:min(len(s.Example.Payload), examplePayload)]
		out.Body = append(out.Body, Unclaimed{
			ID: unclaimedID(s.Codec, s.Device), Codec: s.Codec, External: s.Device, Messages: s.Messages,
			First: time.UnixMilli(s.First).UTC(), Last: time.UnixMilli(s.Last).UTC(),
			Topic: s.Example.Topic, Payload: string(payload),
		})
	}
	return out, nil
}

type claimInput struct {
	ID   string `path:"id" doc:"As /devices/unclaimed lists it"`
	Body struct {
		Device string `json:"device,omitempty" doc:"The id it shall have; a native device keeps its own"`
		Enrolment
	}
}

func (a *API) claimDevice(ctx context.Context, in *claimInput) (*newDeviceOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	summaries, err := a.journal.Summaries(ctx, maxUnclaimed)
	if err != nil {
		return nil, a.failed(ctx, "claim the device", err)
	}
	for _, s := range summaries {
		if unclaimedID(s.Codec, s.Device) != in.ID {
			continue
		}
		e := in.Body.Enrolment.of(devices.Device{ID: in.Body.Device, Codec: s.Codec, External: s.Device})
		d, secret, err := a.registry.Claim(ctx, e)
		if err != nil {
			return nil, a.failed(ctx, "claim the device", err)
		}
		if err := journal.ReplayHeld(ctx, a.journal, s.Codec, s.Device); err != nil {
			return nil, a.failed(ctx, "replay what was held", err)
		}
		return a.newDevice(ctx, d, secret)
	}
	return nil, huma.Error404NotFound("no messages are held of a device " + in.ID + "; /api/v1/devices/unclaimed lists them")
}
