package records_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

func TestCreateAndGet(t *testing.T) {
	eachWorld(t, func(w *world) {
		before := store.Now()
		created, err := w.residents.Create(w.Context(), records.Resident{
			Name: " 李秀英 ", BirthDate: records.Date{Year: 1941, Month: time.March, Day: 5}, Sex: records.Female,
			HomeID: "h-1", Room: "南屋", Language: "zh-cn",
		})
		w.must(err)
		if len(created.ID) != 26 || created.CreatedAt.Before(before) {
			w.Errorf("id %q, created %s", created.ID, created.CreatedAt)
		}
		want := records.Resident{
			ID: created.ID, Name: "李秀英", BirthDate: records.Date{Year: 1941, Month: time.March, Day: 5}, Sex: records.Female,
			HomeID: "h-1", Room: "南屋", TimeZone: "Asia/Urumqi", Language: "zh-CN", CreatedAt: created.CreatedAt,
		}
		if diff := cmp.Diff(want, created); diff != "" {
			w.Error(diff)
		}
		got, err := w.residents.Get(w.Context(), created.ID)
		w.must(err)
		if diff := cmp.Diff(want, got); diff != "" {
			w.Errorf("read back: %s", diff)
		}

		least, err := w.residents.Create(w.Context(), records.Resident{ID: "r-1", Name: "Li", TimeZone: "UTC"})
		w.must(err)
		got, err = w.residents.Get(w.Context(), "r-1")
		w.must(err)
		if diff := cmp.Diff(least, got); diff != "" || got.Sex != records.UnknownSex || !got.BirthDate.IsZero() {
			w.Errorf("%+v: %s", got, diff)
		}
	})
}

func TestWhatAResidentMustBe(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.New(t)))
	future := records.DateOf(time.Now().AddDate(0, 0, 3))
	for _, c := range []struct {
		spoil func(*records.Resident)
		want  string
	}{
		{func(r *records.Resident) { r.Name = "  " }, "name is empty"},
		{func(r *records.Resident) { r.Name = strings.Repeat("长", 201) }, "name is longer than 200"},
		{func(r *records.Resident) { r.Name = "a\x00b" }, "name holds characters"},
		{func(r *records.Resident) { r.Room = "\xff" }, "room holds characters"},
		{func(r *records.Resident) { r.ID = "a.b" }, "id must be"},
		{func(r *records.Resident) { r.ID = "a_b" }, "id must be"},
		{func(r *records.Resident) { r.ID = strings.Repeat("x", 65) }, "id must be"},
		{func(r *records.Resident) { r.ID = "../x" }, "id must be"},
		{func(r *records.Resident) { r.Sex = "F" }, `sex "F" is not`},
		{func(r *records.Resident) { r.TimeZone = "Beijing" }, `time_zone "Beijing" is not`},
		{func(r *records.Resident) { r.TimeZone = "" }, `time_zone "" is not`},
		{func(r *records.Resident) { r.TimeZone = "Local" }, `time_zone "Local" is not`},
		{func(r *records.Resident) { r.Language = "chinese please" }, `language "chinese please" is not`},
		{func(r *records.Resident) { r.HomeID = "h-9" }, `home "h-9" is not there`},
		{func(r *records.Resident) { r.HomeID = "h-1\x00" }, `is not there`},
		{func(r *records.Resident) { r.BirthDate = future }, "birth_date is in the future"},
		{func(r *records.Resident) { r.BirthDate = records.Date{Year: 1890, Month: 1, Day: 1} }, "birth_date is more than 130 years ago"},
		{func(r *records.Resident) { r.BirthDate = records.Date{Year: 1941, Month: 2, Day: 29} }, "birth_date is not in the calendar"},
		{func(r *records.Resident) { r.Name, r.Sex = "", "x" }, `name is empty; sex "x" is not`},
	} {
		r := records.Resident{ID: "r-1", Name: "Li", TimeZone: "Asia/Shanghai"}
		c.spoil(&r)
		_, err := w.residents.Create(t.Context(), r)
		w.refused(err, records.ErrInvalid, "resident.invalid", c.want)
	}
	if list, err := w.residents.List(t.Context(), records.ResidentQuery{}); err != nil || len(list) != 0 {
		t.Errorf("%d residents, %v", len(list), err)
	}
}

func TestResidentsThatAreThereOrNot(t *testing.T) {
	eachWorld(t, func(w *world) {
		r := records.Resident{ID: "r-1", Name: "Li", TimeZone: "UTC"}
		_, err := w.residents.Create(w.Context(), r)
		w.must(err)
		_, err = w.residents.Create(w.Context(), r)
		w.refused(err, records.ErrConflict, records.CodeResidentExists, `create resident "r-1": exists already`)
		_, err = w.residents.Get(w.Context(), "r-2")
		w.refused(err, records.ErrNotFound, "resident.not_found", `read resident "r-2": not found`)
		r.ID = "r-2"
		_, err = w.residents.Update(w.Context(), r)
		w.refused(err, records.ErrNotFound, "resident.not_found", `update resident "r-2": not found`)
	})
}

func TestListIsPagedInOrder(t *testing.T) {
	eachWorld(t, func(w *world) {
		for i := range 25 {
			home := ""
			if i%3 == 0 {
				home = "h-2"
			}
			_, err := w.residents.Create(w.Context(), records.Resident{ID: fmt.Sprintf("r-%02d", i*7%25), Name: "Li", TimeZone: "UTC", HomeID: home})
			w.must(err)
		}
		var all []string
		for after := ""; ; {
			page, err := w.residents.List(w.Context(), records.ResidentQuery{After: after, Limit: 10})
			w.must(err)
			for _, r := range page {
				all = append(all, r.ID)
			}
			if len(page) < 10 {
				break
			}
			after = page[9].ID
		}
		if len(all) != 25 || !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != 25 {
			w.Errorf("paged: %v", all)
		}
		whole, err := w.residents.List(w.Context(), records.ResidentQuery{})
		w.must(err)
		if len(whole) != 25 {
			w.Errorf("without a limit %d", len(whole))
		}
		home, err := w.residents.List(w.Context(), records.ResidentQuery{Home: "h-2"})
		w.must(err)
		if len(home) != 9 || slices.ContainsFunc(home, func(r records.Resident) bool { return r.HomeID != "h-2" }) {
			w.Errorf("in h-2: %+v", home)
		}
	})
}

// Who moves is at once whom the home's devices are about.
func TestMovingMovesTheReadings(t *testing.T) {
	eachWorld(t, func(w *world) {
		for i, home := range []string{"h-1", "h-2"} {
			_, _, err := w.registry.Add(w.Context(), devices.Device{ID: fmt.Sprintf("door-%d", i+1), HomeID: home})
			w.must(err)
		}
		about := func(device string) []string { return w.registry.ResidentsAt(device, time.Now().UnixMilli()) }
		r, err := w.residents.Create(w.Context(), records.Resident{ID: "r-1", Name: "Li", HomeID: "h-1"})
		w.must(err)
		if got := about("door-1"); !slices.Equal(got, []string{"r-1"}) {
			w.Errorf("moved in, the readings are %v's", got)
		}
		created := r.CreatedAt
		r.HomeID, r.Room, r.CreatedAt = "h-2", "3", time.Time{}
		r, err = w.residents.Update(w.Context(), r)
		w.must(err)
		if got1, got2 := about("door-1"), about("door-2"); got1 != nil || !slices.Equal(got2, []string{"r-1"}) {
			w.Errorf("moved over, the readings are %v's and %v's", got1, got2)
		}
		got, err := w.residents.Get(w.Context(), "r-1")
		w.must(err)
		if diff := cmp.Diff(r, got); diff != "" || got.Room != "3" || !got.CreatedAt.Equal(created) {
			w.Errorf("%+v: %s", got, diff)
		}
		// It keeps its zone: a clock on the wall does not change by moving the bed.
		if got.TimeZone != "Asia/Urumqi" {
			w.Errorf("zone %s", got.TimeZone)
		}
		r.HomeID = "h-9"
		_, err = w.residents.Update(w.Context(), r)
		w.refused(err, records.ErrInvalid, "resident.invalid", "is not there")
	})
}

func TestTheirOwnTelephone(t *testing.T) {
	eachWorld(t, func(w *world) {
		r, err := w.residents.Create(w.Context(), records.Resident{Name: "Li", TimeZone: "Asia/Shanghai", Phone: " １３８ 0013  8000"})
		w.must(err)
		if got, err := w.residents.Get(w.Context(), r.ID); err != nil || got.Phone != "138 0013 8000" {
			w.Errorf("is called at %q: %v", got.Phone, err)
		}
		r.Phone = "ask the neighbour"
		_, err = w.residents.Update(w.Context(), r)
		w.refused(err, store.ErrInvalid, "resident.invalid", "is no telephone number")
		home, err := w.registry.SetHomePhone(w.Context(), "h-1", "010-6265 1234", true)
		w.must(err)
		if got, err := w.registry.Home(w.Context(), "h-1"); err != nil || got != home || got.Phone != "010-6265 1234" || !got.ForNeighbours {
			w.Errorf("the home is called at %+v: %v", got, err)
		}
		_, err = w.registry.SetHomePhone(w.Context(), "h-9", "", false)
		w.refused(err, store.ErrNotFound, "home.not_found", "keep the telephone of home")
		_, err = w.registry.SetHomePhone(w.Context(), "h-1", "12", false)
		w.refused(err, store.ErrInvalid, "home.invalid", "is no telephone number")
	})
}
