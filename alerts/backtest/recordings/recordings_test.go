package recordings_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/alerts/backtest/recordings"
	"github.com/anxin-care/anxin/vitals"
)

func read(t *testing.T, folder string) *recordings.Recordings {
	t.Helper()
	r, err := recordings.Read(os.DirFS("testdata/" + folder))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// said lists what a resident's devices said, a line for each message.
func said(t *testing.T, r *recordings.Recordings, resident string) string {
	t.Helper()
	var b strings.Builder
	for m, err := range r.Messages(t.Context(), resident, time.Time{}, time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s", time.UnixMilli(m.Received).UTC().Format("02 15:04:05"), m.Device)
		if m.Zone != "" {
			fmt.Fprintf(&b, " @%s", m.Zone)
		}
		for _, v := range m.Samples[0].Values {
			fmt.Fprintf(&b, " %s=%s", v.Metric, v.Metric.Format(v.Number))
			if v.Marks != 0 {
				fmt.Fprintf(&b, "(%s)", v.Marks)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestHospitalStay(t *testing.T) {
	r := read(t, "stay")
	want := `01 08:00:00 assessment consciousness=A
01 08:00:00 monitor heart_rate=88 bp_systolic=121 bp_diastolic=66 body_temperature=36.9
01 08:00:00 respiratory-support oxygen_flow=2.0 supplemental_oxygen=yes
01 09:00:00 assessment consciousness=U
01 09:00:00 monitor heart_rate=0(implausible) bp_mean=801(implausible)
01 09:00:00 respiratory-support supplemental_oxygen=yes
01 10:00:00 monitor bp_systolic=60(implausible) bp_diastolic=58(implausible)
01 10:00:00 respiratory-support supplemental_oxygen=yes
01 11:00:00 assessment consciousness=C
01 11:00:00 monitor body_weight=70.5
01 11:00:00 respiratory-support supplemental_oxygen=no
01 12:00:00 assessment consciousness=V
01 12:00:00 monitor body_weight=141.0(jump)
01 13:00:00 assessment consciousness=P
01 13:00:00 monitor body_weight=70.1
01 13:00:00 respiratory-support supplemental_oxygen=no
01 14:00:00 assessment consciousness=A
01 14:00:00 respiratory-support oxygen_flow=30.0 supplemental_oxygen=yes
`
	if diff := cmp.Diff(want, said(t, r, "s1")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	passed := map[string]map[string]int{}
	for _, f := range r.Files {
		passed[f.Name] = f.Passed
	}
	if diff := cmp.Diff(map[string]map[string]int{
		"vitals.csv": {
			"a second value of the same moment": 1, "vital sign that is no metric: shoe_size": 1, "value that is no number": 1, "without a time or a stay": 1,
		},
		"oxygen.csv":      {"oxygen not said": 1},
		"assessments.csv": {"assessment of another scale": 1, "assessment without a number": 1, "no level of consciousness by the scale alone": 2},
	}, passed); diff != "" {
		t.Errorf("passed over (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[vitals.Metric]int{vitals.HeartRate: 1, vitals.BPMean: 1, vitals.BPSystolic: 1, vitals.BPDiastolic: 1, vitals.BodyWeight: 1}, r.Rejected()); diff != "" {
		t.Errorf("rejected (-want +got):\n%s", diff)
	}
	all, err := r.Residents(t.Context())
	if err != nil || len(all) != 2 || all[0].ID != "s1" || all[1].ID != "s2" {
		t.Fatalf("residents %+v, %v", all, err)
	}
	if born := all[0].Profile.Birth; born.Year() != 2029 || !all[1].Profile.Birth.IsZero() {
		t.Errorf("born %s and %s", born, all[1].Profile.Birth)
	}
	if from, to := all[0].From, all[0].To; from.Hour() != 8 || to.Sub(from) != 6*time.Hour+30*time.Minute {
		t.Errorf("watched from %s to %s", from, to)
	}
}

func TestHomeWithLabels(t *testing.T) {
	r := read(t, "home")
	want := `05 22:40:10 bedroom-bed-pressure @bedroom bed_presence=in
06 07:05:00 bedroom-bed-pressure @bedroom bed_presence=out
06 07:06:00 bathroom-basin-pir @bathroom motion=motion
06 07:08:00 bathroom-basin-pir @bathroom motion=motion
06 07:09:00 bathroom-basin-pir @bathroom motion=none
06 07:10:00 bathroom-toilet-flush @bathroom motion=motion
06 07:10:20 bathroom-toilet-flush @bathroom motion=none
06 07:20:00 kitchen-fridge-magnetic @kitchen door_contact=open
06 07:20:09 kitchen-fridge-magnetic @kitchen door_contact=closed
06 07:25:00 kitchen-toaster-electric @kitchen switch=on
06 07:27:00 kitchen-toaster-electric @kitchen switch=off
06 07:30:00 living-sofa-pressure @living_room presence=present
06 09:00:00 living-sofa-pressure @living_room presence=absent
06 09:05:00 entrance-maindoor-magnetic @entrance door_contact=open
06 09:05:06 entrance-maindoor-magnetic @entrance door_contact=closed
`
	if diff := cmp.Diff(want, said(t, r, "Elm")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	labels := r.Labels("Elm")
	if len(labels) != 2 || labels[0].Activity != "Sleeping" || labels[1].Activity != "Leaving" || labels[1].To.Hour() != 11 {
		t.Errorf("labels %+v", labels)
	}
	for _, f := range r.Files {
		passed := map[string]int{"no time, or one that ends before it begins": 1}
		if f.Name == "Elm_Sensors.txt" {
			passed["sensor that is no metric: sonar"], passed["fewer than five fields"] = 1, 1
		}
		if diff := cmp.Diff(passed, f.Passed); diff != "" {
			t.Errorf("%s, passed over (-want +got):\n%s", f.Name, diff)
		}
	}
}

func TestRoom(t *testing.T) {
	r := read(t, "room")
	want := `04 17:51:00 air room_temperature=23.2 room_humidity=27 co2=721 illuminance=426
04 17:51:59 air room_temperature=23.2 co2=714 illuminance=0
`
	if diff := cmp.Diff(want, said(t, r, "lounge")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, f := range r.Files {
		if f.Name == "notes.txt" && f.Format != "" {
			t.Errorf("notes are a recording of %s", f.Format)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"stay/vitals.csv", "stay/oxygen.csv", "stay/assessments.csv", "home/Elm_Sensors.txt", "home/Elm_ADLs.txt", "room/lounge.txt"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := recordings.Read(fstest.MapFS{"x.csv": {Data: text}})
		if err != nil {
			return
		}
		all, err := r.Residents(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, who := range all {
			last := int64(0)
			for m, err := range r.Messages(t.Context(), who.ID, who.From, who.To) {
				if err != nil || last != 0 && m.Received < last {
					t.Fatalf("out of order: %v, %v", m, err)
				}
				last = m.Received
			}
		}
	})
}
