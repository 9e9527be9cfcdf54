package deliveries

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/vitals"
)

var update = flag.Bool("update", false, "write the golden files anew")

// fast is an alert of a fast heart.
func fast(t testing.TB) alerts.Alert {
	t.Helper()
	all, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 27, 6, 3, 0, 0, time.UTC)
	a := alerts.Alert{ID: "01KB2J3A4B5C6D7E8F9G0H1J2K", Resident: "r1", Status: engine.Firing, Severity: rules.Critical, Since: at.Add(-5 * time.Minute), BeganAt: at, ChangedAt: at}
	for _, r := range all {
		if r.ID == "hr_very_high" {
			a.Rule = r
		}
	}
	a.Evidence = alerts.Evidence{
		Readings: []alerts.Seen{{Metric: vitals.HeartRate, Value: 136, At: at, Received: at, Device: "d1"}}, Shown: map[string]float64{"value": 136},
		Bounds: []alerts.Bound{{Metric: vitals.HeartRate, Op: ">=", Value: 131, Actual: 136, Passed: true}},
	}
	return a
}

// What is said, to whom, over what: one golden file a language.
func TestWords(t *testing.T) {
	words, err := readWords()
	if err != nil {
		t.Fatal(err)
	}
	w := &Writer{words: words, links: &Links{key: []byte("key"), base: "https://anxin.example.org"}, now: func() time.Time { return time.Date(2026, 11, 27, 6, 3, 0, 0, time.UTC) }}
	for _, language := range []string{"en", "zh-CN"} {
		t.Run(language, func(t *testing.T) {
			var b bytes.Buffer
			for _, relation := range []Relation{Resident, Neighbour, Family, Caregiver, Doctor, Staff} {
				for _, trusted := range []bool{true, false} {
					for _, says := range []Says{Call, Unheard, Remind, Taken, Over} {
						f := &facts{alert: fast(t), home: devices.Home{Name: "5-2"}, holder: "王芳", concerned: []records.Resident{{ID: "r1", Name: "李伟", Room: "301", HomeID: "h1", Language: "zh-CN"}}}
						f.about = alerts.About{Name: "李伟", Zone: shanghai()}
						d := Draft{
							Delivery: Delivery{ID: "01KB2J3A4B5C6D7E8F9G0H1J2K", Says: says, Relation: relation}, Contact: Contact{ID: "c1", Language: language, Zone: shanghai()},
							Channel: Channel{Trusted: trusted}, detail: detail{Emergency: says == Call, Late: says == Unheard},
						}
						switch says {
						case Remind, Taken:
							f.alert.Status, f.alert.ClaimedBy, f.alert.ClaimedUntil = engine.Claimed, "contact:c2", f.alert.BeganAt.Add(time.Hour)
						case Over:
							f.alert.Status, f.alert.Verdict = engine.Resolved, engine.FalseAlarm
						}
						p := w.pen(f.language(language))
						letter := p.letter(says, audienceOf(relation, trusted), f.said(&d, p))
						letter.Links = p.links(w.links, &d, f, f.alert.BeganAt)
						if p.err != nil {
							t.Fatal(p.err)
						}
						fmt.Fprintf(&b, "--- %s to %s, trusted: %t\n%s\n\n%s\n", says, relation, trusted, letter.Subject, letter.Text)
						for _, l := range letter.Links {
							fmt.Fprintf(&b, "[%s] %s\n", l.Label, l.Action)
						}
						b.WriteString("\n")
						whole := letter.Subject + letter.Text
						if plain := !trusted || relation == Neighbour || relation == Resident; plain {
							for _, secret := range []string{"李伟", "王芳", "136", "131", "心率", "eart"} {
								if strings.Contains(whole, secret) {
									t.Errorf("%s to %s, trusted: %t, says %q: %s", says, relation, trusted, secret, whole)
								}
							}
						}
					}
				}
			}
			// Somebody calls again while nobody has it, while another has it, and while
			// whoever hears it has.
			for _, holder := range []string{"", "contact:c2", "contact:c1"} {
				for _, to := range []struct {
					relation Relation
					trusted  bool
				}{{Resident, true}, {Neighbour, true}, {Family, true}, {Caregiver, true}, {Family, false}} {
					f := &facts{alert: fast(t), home: devices.Home{Name: "5-2"}, holder: "王芳", about: alerts.About{Name: "李伟", Zone: shanghai()}}
					again := f.alert.BeganAt.Add(6 * time.Minute)
					d := Draft{
						Delivery: Delivery{ID: "01KB2J3A4B5C6D7E8F9G0H1J2K", Says: Call, Relation: to.relation}, Contact: Contact{ID: "c1", Language: language, Zone: shanghai()},
						Channel: Channel{Trusted: to.trusted}, detail: detail{Again: again.UnixMilli(), Unanswered: holder == ""},
					}
					if holder != "" {
						f.alert.Status = engine.Claimed
						d.detail.Holder, d.detail.HeldUntil = holder, again.Add(time.Hour).UnixMilli()
					}
					p := w.pen(language)
					letter := p.letter(Call, audienceOf(to.relation, to.trusted), f.said(&d, p))
					letter.Links = p.links(w.links, &d, f, again)
					fmt.Fprintf(&b, "--- again, held by %q, to %s, trusted: %t\n%s\n\n%s\n", holder, to.relation, to.trusted, letter.Subject, letter.Text)
					for _, l := range letter.Links {
						fmt.Fprintf(&b, "[%s] %s\n", l.Label, l.Action)
						if mine := holder == "contact:c1"; l.Action == Claim && mine {
							t.Errorf("who has it is asked to take it: %s", l.Label)
						}
					}
					b.WriteString("\n")
					if plain := !to.trusted || to.relation == Neighbour || to.relation == Resident; plain && strings.Contains(letter.Subject+letter.Text, "王芳") {
						t.Errorf("%s, trusted: %t, reads who has it: %s", to.relation, to.trusted, letter.Text)
					}
				}
			}
			// At which numbers to call.
			for _, open := range []bool{false, true} {
				for _, to := range []struct {
					relation Relation
					trusted  bool
				}{{Neighbour, true}, {Family, true}, {Caregiver, true}, {Caregiver, false}, {Resident, true}} {
					f := &facts{
						alert: fast(t), home: devices.Home{Name: "5-2", Phone: "010-6265 1234", ForNeighbours: open}, about: alerts.About{Name: "李伟", Zone: shanghai()},
						concerned: []records.Resident{{ID: "r1", Name: "李伟", Phone: "138 0013 8000", HomeID: "h1"}},
					}
					if open { // two live there
						f.concerned = append(f.concerned, records.Resident{ID: "r2", Name: "王梅", Phone: "139 0013 8000", HomeID: "h1"})
					}
					p := w.pen(language)
					d := Draft{Delivery: Delivery{Says: Call, Relation: to.relation}, Contact: Contact{Zone: shanghai()}, Channel: Channel{Trusted: to.trusted}}
					letter := p.letter(Call, audienceOf(to.relation, to.trusted), f.said(&d, p))
					fmt.Fprintf(&b, "--- with numbers, for neighbours: %t, to %s, trusted: %t\n%s\n\n%s\n\n", open, to.relation, to.trusted, letter.Subject, letter.Text)
					knows := to.trusted && (to.relation == Family || to.relation == Caregiver)
					if own := strings.Contains(letter.Text, "138 0013 8000"); own != knows {
						t.Errorf("%s, trusted: %t, is told the resident's own number: %t", to.relation, to.trusted, own)
					}
					if home := strings.Contains(letter.Text, "010-6265 1234"); home != (knows || to.relation == Neighbour && open) {
						t.Errorf("%s, trusted: %t, for neighbours: %t, is told the home's number: %t", to.relation, to.trusted, open, home)
					}
				}
			}
			for _, trusted := range []audience{forFamily, plainly} {
				p := w.pen(language)
				letter := p.letter(Many, trusted, said{Count: 10000, Grave: 31, More: 9998, MoreGrave: 29, Lines: []string{"14:03 A", "14:04 B"}})
				fmt.Fprintf(&b, "--- a digest, %s\n%s\n\n%s\n\n", trusted, letter.Subject, letter.Text)
			}
			letter, err := w.trial(Draft{Delivery: Delivery{About: OfTest}, Contact: Contact{Language: language}})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "--- a test\n%s\n\n%s\n", letter.Subject, letter.Text)
			f := &facts{alert: fast(t), about: alerts.About{Name: "李伟", Zone: shanghai()}, home: devices.Home{Name: "5-2"}}
			f.alert.Rule.ID = alerts.DrillRule
			p := w.pen(language)
			for _, relation := range []Relation{Family, Neighbour, Caregiver} {
				d := Draft{Delivery: Delivery{Says: Call, Relation: relation}, Channel: Channel{Trusted: true}, detail: detail{Emergency: true}}
				letter = p.letter(Call, audienceOf(relation, true), f.said(&d, p))
				fmt.Fprintf(&b, "\n--- a drill to %s\n%s\n\n%s\n", relation, letter.Subject, letter.Text)
			}

			path := filepath.Join("testdata", "words."+language+".golden.txt")
			if *update {
				if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b.Bytes(), want) {
				t.Errorf("the words are other than in %s; see them with -update and git diff", path)
			}
		})
	}
}

// Both languages say the same things.
func TestWordsHaveBothLanguages(t *testing.T) {
	words, err := readWords()
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][2]string{{"en", "zh"}, {"zh", "en"}} {
		for _, defined := range words[pair[0]].Templates() {
			if words[pair[1]].Lookup(defined.Name()) == nil && !strings.HasSuffix(defined.Name(), ".tmpl") {
				t.Errorf("%s has no %q", pair[1], defined.Name())
			}
		}
	}
}
