package devices_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

func ago(d time.Duration) time.Time { return time.Now().Add(-d).UTC().Truncate(time.Millisecond) }

func TestADeviceIsFoundByItsFormatsName(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.add(devices.Device{ID: "band-1", Name: "Bracelet", Kind: "bracelet", Model: "B2"})
		w.add(devices.Device{ID: "door-1", Codec: "zigbee2mqtt", External: "zigbee2mqtt/front door", HomeID: "h-1"})
		for _, c := range []struct{ codec, external, want string }{
			{"native", "band-1", "band-1"},
			{"zigbee2mqtt", "zigbee2mqtt/front door", "door-1"},
			{"native", "door-1", ""},
			{"zigbee2mqtt", "band-1", ""},
			{"zigbee2mqtt", "", ""},
			{"", "", ""},
		} {
			got, ok := w.registry.Lookup(c.codec, c.external)
			if ok != (c.want != "") || ok && got.ID != c.want {
				w.Errorf("%s %q is %v, want %q", c.codec, c.external, got, c.want)
			}
			if id, ok := w.registry.Device(c.codec, c.external); id != c.want || ok != (c.want != "") {
				w.Errorf("%s %q has id %q, want %q", c.codec, c.external, id, c.want)
			}
		}
	})
}

func TestWhoseAReadingIs(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.add(devices.Device{ID: "band-1"})
		w.must(w.registry.Wear(w.Context(), "band-1", "r-1", ago(10*time.Hour)))
		w.must(w.registry.TakeOff(w.Context(), "band-1", ago(8*time.Hour)))
		w.must(w.registry.Wear(w.Context(), "band-1", "r-3", ago(6*time.Hour)))
		w.add(devices.Device{ID: "door-1", HomeID: "h-1"})
		w.add(devices.Device{ID: "door-2"})
		w.must(w.registry.Fix(w.Context(), "door-2", "h-1"))
		w.add(devices.Device{ID: "empty", HomeID: w.emptyHome()})
		w.add(devices.Device{ID: "spare"})
		fixed := time.Now()
		for _, c := range []struct {
			device string
			at     time.Time
			want   []string
		}{
			{"band-1", ago(11 * time.Hour), nil},
			{"band-1", ago(9 * time.Hour), []string{"r-1"}},
			{"band-1", ago(7 * time.Hour), nil},
			{"band-1", ago(5 * time.Hour), []string{"r-3"}},
			{"band-1", time.Now().Add(time.Hour), []string{"r-3"}},
			{"door-1", ago(1000 * time.Hour), []string{"r-1", "r-2"}},
			{"door-2", ago(time.Hour), nil}, // it hung elsewhere
			{"door-2", fixed.Add(time.Millisecond), []string{"r-1", "r-2"}},
			{"empty", time.Now(), nil},
			{"spare", time.Now(), nil},
			{"ghost", time.Now(), nil},
		} {
			if got := w.registry.ResidentsAt(c.device, c.at.UnixMilli()); !slices.Equal(got, c.want) {
				w.Errorf("%s at %s: %v, want %v", c.device, c.at, got, c.want)
			}
		}
	})
}

func (w *world) emptyHome() string {
	w.Helper()
	home, err := w.registry.AddHome(w.Context(), devices.Home{Name: "5-2", TimeZone: "UTC"})
	w.must(err)
	return home.ID
}

func TestTheBoundsOfAWearing(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.add(devices.Device{ID: "band-1"})
		from, to := ago(3*time.Hour), ago(2*time.Hour)
		w.must(w.registry.Wear(w.Context(), "band-1", "r-1", from))
		w.must(w.registry.TakeOff(w.Context(), "band-1", to))
		w.must(w.registry.Wear(w.Context(), "band-1", "r-2", to)) // hand over at once
		for _, c := range []struct {
			at   int64
			want []string
		}{
			{from.UnixMilli() - 1, nil},
			{from.UnixMilli(), []string{"r-1"}},
			{to.UnixMilli() - 1, []string{"r-1"}},
			{to.UnixMilli(), []string{"r-2"}},
		} {
			if got := w.registry.ResidentsAt("band-1", c.at); !slices.Equal(got, c.want) {
				w.Errorf("%d ms after it was put on: %v, want %v", c.at-from.UnixMilli(), got, c.want)
			}
		}
		got, err := w.registry.Wearings(w.Context(), "band-1")
		w.must(err)
		want := []devices.Wearing{
			{Device: "band-1", Resident: "r-1", From: from, To: to},
			{Device: "band-1", Resident: "r-2", From: to},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			w.Error(diff)
		}
		mine, err := w.registry.WornBy(w.Context(), "r-2")
		w.must(err)
		if diff := cmp.Diff(want[1:], mine); diff != "" {
			w.Error(diff)
		}
	})
}

// Each refusal names the device, says why, and has a code.
func TestWhatIsRefused(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx, r := w.Context(), w.registry
		w.add(devices.Device{ID: "worn"})
		w.must(r.Wear(ctx, "worn", "r-1", ago(time.Hour)))
		w.add(devices.Device{ID: "free"})
		w.must(r.Wear(ctx, "free", "r-1", ago(3*time.Hour)))
		w.must(r.TakeOff(ctx, "free", ago(2*time.Hour)))
		w.add(devices.Device{ID: "fixed", Codec: "tasmota", External: "plug", HomeID: "h-1"})
		w.add(devices.Device{ID: "gone"})
		w.must(r.Retire(ctx, "gone"))
		add := func(d devices.Device) error { _, _, err := r.Add(ctx, d); return err }
		claim := func(e devices.Enrolment) error { _, _, err := r.Claim(ctx, e); return err }
		home := func(h devices.Home) error { _, err := r.AddHome(ctx, h); return err }
		rotate := func(id string) error { _, err := r.RotateCredential(ctx, id); return err }

		for _, c := range []struct {
			what string
			err  error
			kind error
			code string
			text string
		}{
			{"worn by another", r.Wear(ctx, "worn", "r-2", time.Time{}), devices.ErrConflict, devices.CodeWorn,
				`put on device "worn": already worn by resident r-1: end that first`},
			{"worn then", r.Wear(ctx, "free", "r-2", ago(150*time.Minute)), devices.ErrConflict, devices.CodeWorn,
				`put on device "free": worn by resident r-1 until `},
			{"worn later", r.Wear(ctx, "free", "r-2", ago(5*time.Hour)), devices.ErrConflict, devices.CodeWorn, "worn by resident r-1 until"},
			{"fixed", r.Wear(ctx, "fixed", "r-1", time.Time{}), devices.ErrConflict, devices.CodeFixed,
				`put on device "fixed": fixed in home "h-1": release it there first`},
			{"no such device", r.Wear(ctx, "ghost", "r-1", time.Time{}), devices.ErrNotFound, "device.not_found", `put on device "ghost": not found`},
			{"no such resident", r.Wear(ctx, "free", "r-9", time.Time{}), devices.ErrNotFound, "resident.not_found", `resident "r-9": not found`},
			{"in the future", r.Wear(ctx, "free", "r-1", time.Now().Add(time.Hour)), devices.ErrInvalid, "device.invalid", "from is in the future"},
			{"out of use", r.Wear(ctx, "gone", "r-1", time.Time{}), devices.ErrConflict, devices.CodeRetired, `device "gone": was retired on `},
			{"not worn", r.TakeOff(ctx, "free", time.Time{}), devices.ErrConflict, devices.CodeNotWorn, `take off device "free": nobody wears it`},
			{"before put on", r.TakeOff(ctx, "worn", ago(2*time.Hour)), devices.ErrInvalid, "device.invalid", "to is not after"},
			{"take off nothing", r.TakeOff(ctx, "ghost", time.Time{}), devices.ErrNotFound, "device.not_found", "not found"},
			{"fix a worn one", r.Fix(ctx, "worn", "h-1"), devices.ErrConflict, devices.CodeWorn, `fix device "worn": already worn by resident r-1: end that first`},
			{"fix nowhere", r.Fix(ctx, "free", "h-9"), devices.ErrNotFound, "home.not_found", `home "h-9": not found`},
			{"fix nothing", r.Fix(ctx, "ghost", "h-1"), devices.ErrNotFound, "device.not_found", "not found"},
			{"release nothing", r.Release(ctx, "ghost"), devices.ErrNotFound, "device.not_found", "not found"},
			{"retire twice", r.Retire(ctx, "gone"), devices.ErrConflict, devices.CodeRetired, "was retired"},
			{"no login", rotate("fixed"), devices.ErrConflict, devices.CodeNoLogin, "heard through a gateway"},
			{"id taken", add(devices.Device{ID: "worn"}), devices.ErrConflict, devices.CodeDeviceExists, `add device "worn": exists already`},
			{"id taken by a retired one", add(devices.Device{ID: "gone"}), devices.ErrConflict, devices.CodeDeviceExists, "exists already"},
			{"name taken", add(devices.Device{ID: "other", Codec: "tasmota", External: "plug"}), devices.ErrConflict, devices.CodeExternalTaken,
				`add device "other": tasmota "plug" is already device "fixed": retire that first`},
			{"home missing", add(devices.Device{ID: "new", HomeID: "h-9"}), devices.ErrNotFound, "home.not_found", `home "h-9": not found`},
			{"nobody's claim", claim(devices.Enrolment{Device: devices.Device{ID: "new"}}), devices.ErrInvalid, devices.CodeUnassigned,
				`claim device "new": say which resident wears it, or in which home it is fixed`},
			{"worn and fixed", claim(devices.Enrolment{Device: devices.Device{ID: "new", HomeID: "h-1"}, Resident: "r-1"}),
				devices.ErrConflict, devices.CodeFixed, "fixed in home"},
			{"home taken", home(devices.Home{ID: "h-1", Name: "x", TimeZone: "UTC"}), devices.ErrConflict, devices.CodeHomeExists, `add home "h-1": exists already`},
			{"no zone", home(devices.Home{ID: "h-3", TimeZone: "Mars/Olympus"}), devices.ErrInvalid, "home.invalid",
				`add home "h-3": not valid: name is empty; time_zone "Mars/Olympus" is not a time zone, such as Asia/Shanghai`},
			{"machine's zone", home(devices.Home{ID: "h-3", Name: "x", TimeZone: "Local"}), devices.ErrInvalid, "home.invalid", "is not a time zone"},
		} {
			var fault *store.Fault
			if !errors.As(c.err, &fault) {
				w.Errorf("%s: %v, want a fault", c.what, c.err)
				continue
			}
			if !errors.Is(c.err, c.kind) || fault.Code != c.code {
				w.Errorf("%s: %v is %v with code %s, want %v, %s", c.what, c.err, fault.Kind, fault.Code, c.kind, c.code)
			}
			if !strings.Contains(c.err.Error(), c.text) {
				w.Errorf("%s: %v\nwant it to say %q", c.what, c.err, c.text)
			}
		}
		if list, err := r.List(ctx, devices.Query{Retired: true}); err != nil || len(list) != 4 {
			w.Errorf("%d devices after the refusals, want 4 (%v)", len(list), err)
		}
	})
}

func TestWhatANewDeviceMustBe(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.New(t)))
	long := strings.Repeat("x", 65)
	for _, c := range []struct {
		device devices.Device
		want   string
	}{
		{devices.Device{ID: ""}, "id must be"},
		{devices.Device{ID: long}, "id must be"},
		{devices.Device{ID: "a/b"}, "id must be"},
		{devices.Device{ID: "a+b"}, "id must be"},
		{devices.Device{ID: ".."}, "id must be"},
		{devices.Device{ID: "a b"}, "id must be"},
		{devices.Device{ID: "李"}, "id must be"},
		{devices.Device{ID: "a", External: "b"}, "external must be the id"},
		{devices.Device{ID: "a", Codec: "tasmota"}, "external must be the device's name"},
		{devices.Device{ID: "a", Codec: "tasmota", External: "x\x00"}, "external must be"},
		{devices.Device{ID: "a", Codec: "tasmota", External: strings.Repeat("x", 513)}, "external must be"},
		{devices.Device{ID: "a", Name: "a\nb"}, "name holds characters"},
		{devices.Device{ID: "a", Name: strings.Repeat("長", 201)}, "name is longer"},
		{devices.Device{ID: "a", Name: "\xff"}, "name holds characters"},
		{devices.Device{ID: "a", Filters: []string{"x/#"}}, "filters are for a gateway only"},
		{devices.Device{ID: "a", Gateway: true, Filters: []string{"x/#", "x/#/y"}}, `filters[1] has "#" before`},
		{devices.Device{ID: "a", Gateway: true, Filters: []string{"x/y+"}}, `filters[0] has "+"`},
		{devices.Device{ID: "a", Gateway: true, Filters: []string{""}}, "filters[0] is empty"},
		{devices.Device{ID: "a", Gateway: true, Filters: make([]string, 65)}, "filters are more than 64"},
	} {
		_, _, err := w.registry.Add(t.Context(), c.device)
		if !errors.Is(err, devices.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.device, err, c.want)
		}
	}
}

func TestARetiredDeviceLeavesItsNameBehind(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx, r := w.Context(), w.registry
		secret := w.add(devices.Device{ID: "plug-1", Codec: "tasmota", External: "plug", Gateway: true, Filters: []string{"tele/plug/#"}})
		w.must(r.Wear(ctx, "plug-1", "r-1", time.Time{}))
		w.must(r.Retire(ctx, "plug-1"))
		if _, ok := r.Lookup("tasmota", "plug"); ok {
			w.Error("it is still known")
		}
		if _, err := r.Authenticate("plug-1", secret); !errors.Is(err, devices.ErrRefused) {
			w.Errorf("it still signs in: %v", err)
		}
		wearings, err := r.Wearings(ctx, "plug-1")
		w.must(err)
		if len(wearings) != 1 || wearings[0].To.IsZero() {
			w.Errorf("it is still worn: %+v", wearings)
		}
		w.add(devices.Device{ID: "plug-2", Codec: "tasmota", External: "plug"})
		if d, ok := r.Lookup("tasmota", "plug"); !ok || d.ID != "plug-2" {
			w.Errorf("its name is %v's", d)
		}
		old, err := r.Get(ctx, "plug-1")
		if err != nil || old.RetiredAt.IsZero() {
			w.Errorf("it is gone altogether: %+v, %v", old, err)
		}
	})
}

func TestFixAndRelease(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx, r := w.Context(), w.registry
		w.add(devices.Device{ID: "door-1", HomeID: "h-1"})
		now := func() []string { return r.ResidentsAt("door-1", time.Now().UnixMilli()) }
		w.must(r.Fix(ctx, "door-1", "h-1"))
		if got := r.ResidentsAt("door-1", ago(time.Hour).UnixMilli()); !slices.Equal(got, []string{"r-1", "r-2"}) {
			w.Errorf("fixed where it was, its past is %v's", got)
		}
		w.must(r.Fix(ctx, "door-1", "h-2"))
		if got := now(); !slices.Equal(got, []string{"r-3"}) {
			w.Errorf("fixed in h-2 it is %v's", got)
		}
		w.must(r.Release(ctx, "door-1"))
		if got := now(); got != nil {
			w.Errorf("released it is %v's", got)
		}
		w.must(r.Wear(ctx, "door-1", "r-2", time.Time{}))
		if got := now(); !slices.Equal(got, []string{"r-2"}) {
			w.Errorf("worn it is %v's", got)
		}
	})
}

func TestWhoMovesInHasTheHomesReadings(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.add(devices.Device{ID: "door-1", HomeID: "h-2"})
		w.moveIn("r-0", "h-2")
		if got := w.registry.ResidentsAt("door-1", time.Now().UnixMilli()); !slices.Equal(got, []string{"r-0", "r-3"}) {
			w.Errorf("it is %v's", got)
		}
	})
}

func TestClaim(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx, r := w.Context(), w.registry
		d, secret, err := r.Claim(ctx, devices.Enrolment{
			Device: devices.Device{Codec: "openmqttgateway", External: "a4c138000001", Kind: "thermometer"}, Resident: "r-1", From: devices.FirstReading(),
		})
		w.must(err)
		if d.ID == "" || secret != "" {
			w.Errorf("claimed as %q with secret %q, want an id and none", d.ID, secret)
		}
		if got := r.ResidentsAt(d.ID, ago(9*365*24*time.Hour).UnixMilli()); !slices.Equal(got, []string{"r-1"}) {
			w.Errorf("what it had measured is %v's", got)
		}
		d, secret, err = r.Claim(ctx, devices.Enrolment{Device: devices.Device{Codec: devices.Native, External: "cuff-7", HomeID: "h-1"}})
		w.must(err)
		if d.ID != "cuff-7" || secret == "" {
			w.Errorf("claimed as %q with secret %q", d.ID, secret)
		}
	})
}

func TestEnrolIsAllOrNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx, r := w.Context(), w.registry
		good := devices.Enrolment{Device: devices.Device{ID: "band-1"}, Resident: "r-1"}
		_, _, err := r.Enrol(ctx, []devices.Enrolment{good, {Device: devices.Device{ID: "band-2"}, Resident: "r-9"}})
		if !errors.Is(err, devices.ErrNotFound) {
			w.Fatalf("enrolled for nobody: %v", err)
		}
		if list, err := r.List(ctx, devices.Query{}); err != nil || len(list) != 0 {
			w.Fatalf("%v are there, %v", list, err)
		}
		_, _, err = r.Enrol(ctx, []devices.Enrolment{good, good})
		if !errors.Is(err, devices.ErrConflict) {
			w.Fatalf("enrolled twice: %v", err)
		}
		added, secrets, err := r.Enrol(ctx, []devices.Enrolment{good, {Device: devices.Device{ID: "band-2"}, Resident: "r-2"}})
		w.must(err)
		if added[1].ID != "band-2" || secrets[0] == secrets[1] || len(secrets[0]) != 32 {
			w.Errorf("added %v with %v", added, secrets)
		}
		if _, err := r.Authenticate("band-2", secrets[1]); err != nil {
			w.Error(err)
		}
	})
}

func TestList(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx, r := w.Context(), w.registry
		for _, d := range []devices.Device{
			{ID: "d-3", HomeID: "h-1"}, {ID: "d-1", HomeID: "h-1", Gateway: true, Filters: []string{"a/#", `b"/+`}},
			{ID: "d-2"}, {ID: "d-4", HomeID: "h-2"}, {ID: "d-5"},
		} {
			w.add(d)
		}
		w.must(r.Wear(ctx, "d-2", "r-1", time.Time{}))
		w.must(r.Retire(ctx, "d-5"))
		for _, c := range []struct {
			query devices.Query
			want  string
		}{
			{devices.Query{}, "d-1 d-2 d-3 d-4"},
			{devices.Query{Retired: true}, "d-1 d-2 d-3 d-4 d-5"},
			{devices.Query{Home: "h-1"}, "d-1 d-3"},
			{devices.Query{Resident: "r-1"}, "d-1 d-2 d-3"},
			{devices.Query{Resident: "r-2"}, "d-1 d-3"},
			{devices.Query{Resident: "r-3", Home: "h-1"}, ""},
			{devices.Query{Limit: 2}, "d-1 d-2"},
			{devices.Query{Limit: 2, After: "d-2"}, "d-3 d-4"},
			{devices.Query{Resident: "r-1", After: "d-1", Limit: 1}, "d-2"},
			{devices.Query{Home: "ghost"}, ""},
		} {
			list, err := r.List(ctx, c.query)
			w.must(err)
			var ids []string
			for _, d := range list {
				ids = append(ids, d.ID)
			}
			if got := strings.Join(ids, " "); got != c.want {
				w.Errorf("%+v: %s, want %s", c.query, got, c.want)
			}
		}
		got, err := r.Get(ctx, "d-1")
		w.must(err)
		kept, ok := r.Lookup(devices.Native, "d-1")
		if diff := cmp.Diff(&got, kept); !ok || diff != "" {
			w.Errorf("the table's and the snapshot's differ: %s", diff)
		}
		if !slices.Equal(got.Filters, []string{"a/#", `b"/+`}) || !got.Gateway {
			w.Errorf("its filters came back as %q", got.Filters)
		}
		homes, err := r.Homes(ctx)
		w.must(err)
		if len(homes) != 2 || homes[0].ID != "h-1" || homes[0].TimeZone != "Asia/Shanghai" {
			w.Errorf("homes: %+v", homes)
		}
		if _, err := r.Home(ctx, "ghost"); !errors.Is(err, devices.ErrNotFound) {
			w.Errorf("a home that is not there: %v", err)
		}
	})
}
