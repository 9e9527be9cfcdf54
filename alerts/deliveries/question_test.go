package deliveries

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
)

// asking are questions to experts of which some are settled.
type asking struct {
	mu      sync.Mutex
	settled map[string]bool // by question
	about   Question
}

func (a *asking) Question(context.Context, string) (Question, error) { return a.about, nil }
func (a *asking) Page(id string) string                              { return "/consultations/" + id }

func (a *asking) Settled(_ context.Context, _ bun.IDB, matters []Matter) (map[Matter]bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	settled := map[Matter]bool{}
	for _, m := range matters {
		settled[m] = a.settled[m.Question]
	}
	return settled, nil
}

func (a *asking) settle(question string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.settled[question] = true
}

func asked(question, contact string, severity rules.Severity) Telling {
	return Telling{About: OfQuestion, Subject: question, Step: 1, Says: Asked, Who: Who{Contact: contact}, Severity: severity}
}

// A question that is not urgent waits until it is not quiet, whoever is asked; an urgent
// one does not. What is settled by then is not told, and nothing is told twice.
func TestAnExpertSleeps(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("expert", Staff, "e@x")
		h.people.add("second", Staff, "bad@x", "good@x")
		h.post.at("bad@x", func(context.Context, int, func()) error { return refusal{permanent: true} })
		h.passes(11 * time.Hour) // 23:00
		h.tell(asked("soon", "expert", rules.Info), asked("settled", "expert", rules.Info), asked("urgent", "expert", rules.Warning), asked("urgent", "second", rules.Warning))
		h.passes(time.Minute)
		h.expects("e@x", "good@x")
		h.asking.settle("settled")
		h.passes(8*time.Hour - time.Minute - time.Second)
		h.expects()
		h.stop()
		h.run() // and after a restart
		h.tell(asked("soon", "expert", rules.Info), asked("urgent", "expert", rules.Warning))
		h.passes(time.Minute)
		h.expects("e@x")
		h.became("settled", "expert e@x dropped: nothing waits there, or nothing may be told of it")
		h.passes(24 * time.Hour)
		h.expects()
	})
}

// What is said of questions, to whom, over what: one golden file a language.
func TestWordsOfQuestions(t *testing.T) {
	words, err := readWords()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 27, 6, 3, 0, 0, time.UTC)
	for _, language := range []string{"en", "zh-CN"} {
		t.Run(language, func(t *testing.T) {
			var b bytes.Buffer
			write := func(says Says, relation Relation, trusted bool, q Question) string {
				w := &Writer{words: words, links: &Links{key: []byte("key"), base: "https://anxin.example.org"}, asked: &asking{about: q}, now: func() time.Time { return now }}
				letter, err := w.Write(t.Context(), Draft{
					Delivery: Delivery{ID: "01KB2J3A4B5C6D7E8F9G0H1J2K", About: OfQuestion, Says: says, Relation: relation},
					Contact:  Contact{ID: "c1", Language: language, Zone: shanghai()}, Channel: Channel{Trusted: trusted},
				})
				if err != nil {
					t.Fatal(err)
				}
				if len(letter.Links) != 1 || letter.Links[0].Action != Look {
					t.Errorf("%s: links are %v", says, letter.Links)
				}
				fmt.Fprintf(&b, "--- %s to %s, trusted: %t, %s, late: %t\n%s\n\n%s\n\n", says, relation, trusted, q.Urgency, !now.Before(q.DueAt), letter.Subject, letter.Text)
				return letter.Subject + letter.Text
			}
			for _, says := range []Says{Asked, AskedStill, ToAdvise} {
				for _, urgency := range []Urgency{Routine, Soon, Urgent} {
					for _, left := range []time.Duration{12 * time.Hour, -time.Hour} {
						if text := write(says, Staff, true, Question{Resident: "李伟", Urgency: urgency, DueAt: now.Add(left)}); strings.Contains(text, "李伟") {
							t.Errorf("an expert is told who it is about: %s", text)
						}
					}
				}
			}
			for _, relation := range []Relation{Resident, Neighbour, Family, Caregiver, Staff} {
				for _, trusted := range []bool{true, false} {
					text := write(Advised, relation, trusted, Question{Resident: "李伟", Urgency: Routine, DueAt: now})
					if named := trusted && relation != Resident && relation != Neighbour; strings.Contains(text, "李伟") != named {
						t.Errorf("to %s, trusted: %t: %s", relation, trusted, text)
					}
				}
			}
			path := filepath.Join("testdata", "questions."+language+".golden.txt")
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
