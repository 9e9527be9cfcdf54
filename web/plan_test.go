package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/web"
)

// What is said in the simple forms is a schedule, shown first with its next times.
func TestRemindersAreMadeOnPages(t *testing.T) {
	const all = "/residents/r-zhao/reminders"
	type form = url.Values
	for name, tc := range map[string]struct {
		form form
		want web.ReminderPlan
		next string
	}{
		"twice a day": {
			form{"kind": {"medication"}, "what": {" Metformin "}, "how": {"daily"}, "times": {"08:00，20：00"}, "dose": {"1 tablet"}, "food": {"with"}, "days": {"working_days"}, "metric": {"spo2"}},
			web.ReminderPlan{Kind: "medication", What: "Metformin", Schedule: "daily at 08:00, 20:00", Dose: "1 tablet", Food: "with"}, "16:00",
		},
		"every Monday": {
			form{"kind": {"measurement"}, "what": {"BP"}, "how": {"weekly"}, "weekday": {"mon"}, "times": {"06:00"}, "metric": {"bp_systolic,bp_diastolic"}, "readings": {"2"}, "dose": {"1"}},
			web.ReminderPlan{Kind: "measurement", What: "BP", Schedule: "every mon at 06:00", Metrics: []string{"bp_systolic", "bp_diastolic"}, Readings: 2}, "Mon",
		},
		"once": {
			form{"kind": {"appointment"}, "what": {"Dr. Wu"}, "how": {"once"}, "on": {"2026-12-01"}, "times": {"09:30"}, "days": {"not_holidays"}, "helper": {"c-fang"}},
			web.ReminderPlan{Kind: "appointment", What: "Dr. Wu", Schedule: "once 2026-12-01 09:30", Days: "not_holidays", Helper: "c-fang"}, "12-01",
		},
		"by cron": {
			form{"kind": {"exercise"}, "what": {"Walk"}, "how": {"own"}, "own": {"30 7 * * 1-5"}, "start": {"2026-12-01"}, "end": {"2026-12-31"}},
			web.ReminderPlan{Kind: "exercise", What: "Walk", Schedule: "cron 30 7 * * 1-5", Start: "2026-12-01", End: "2026-12-31"}, "15:30",
		},
		"otherwise": {
			form{"kind": {"drinking"}, "what": {"Water"}, "how": {"own"}, "own": {"every 3 days from 2026-03-01 at 09:00"}},
			web.ReminderPlan{Kind: "drinking", What: "Water", Schedule: "every 3 days from 2026-03-01 at 09:00"}, "17:00",
		},
		"after a low glucose": {
			form{"kind": {"recheck"}, "what": {"Again"}, "how": {"daily"}, "times": {"08:00"}}, web.ReminderPlan{Kind: "recheck", What: "Again"}, "Never from now on",
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNeighbourhood(t, atNoon)
			h := n.handler(t, assets)
			before := len(n.reminders.plans)
			post := func(do string) (int, string) {
				tc.form.Set("do", do)
				w := ask(h, request{method: http.MethodPost, path: all + "/new", form: tc.form, cookies: []*http.Cookie{n.signedIn(t)}})
				return w.Code, w.Body.String()
			}
			if status, body := post("show"); status != http.StatusOK || !strings.Contains(body, tc.next) || !strings.Contains(body, `value="save"`) || len(n.reminders.plans) != before {
				t.Errorf("shown: %d, want %q:\n%s", status, tc.next, body)
			}
			if status, body := post("save"); status != http.StatusSeeOther || len(n.reminders.plans) != before+1 {
				t.Fatalf("kept: %d\n%s", status, body)
			}
			got := n.reminders.plans[before]
			tc.want.ID, tc.want.Version = got.ID, 1
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			page := ask(h, request{path: all + "/" + got.ID, cookies: []*http.Cookie{n.signedIn(t)}}).Body.String()
			if tc.form.Get("how") != "daily" && !strings.Contains(page, `value="`+tc.form.Get("how")+`" checked`) {
				t.Errorf("its page does not say that it is %s:\n%s", tc.form.Get("how"), page)
			}
		})
	}
}

func TestRemindersAreChangedPausedAndEnded(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	const one = "/residents/r-zhao/reminders/m1"
	change := url.Values{"kind": {"medication"}, "what": {"阿司匹林 100 mg"}, "how": {"daily"}, "times": {"09:00"}, "version": {"3"}, "do": {"save"}}
	with := func(pairs ...string) url.Values {
		form := url.Values{}
		for k, v := range change {
			form[k] = v
		}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return form
	}
	post := func(path, language string, form url.Values, status int, says ...string) {
		t.Helper()
		w := ask(h, request{method: http.MethodPost, path: path, form: form, cookies: []*http.Cookie{n.signedIn(t)}, headers: map[string]string{"Accept-Language": language}})
		if w.Code != status {
			t.Errorf("%v: %d, want %d", form, w.Code, status)
		}
		for _, text := range says {
			if !strings.Contains(w.Body.String(), text) {
				t.Errorf("%v does not say %q:\n%s", form, text, w.Body)
			}
		}
	}
	post(one, "en", with("times", "8 o'clock"), http.StatusUnprocessableEntity, "Please give times such as 08:00", `value="8 o&#39;clock"`)
	post(one, "zh-CN", with("times", "早上"), http.StatusUnprocessableEntity, "请填写时间点", `value="早上"`)
	post(one, "zh-CN", with("what", ""), http.StatusUnprocessableEntity, "请填写要做什么", "与所选类型不符")
	post(one, "en", with("version", "2"), http.StatusConflict)
	post(one, "en", with("version", "x"), http.StatusUnprocessableEntity)
	post(one, "en", change, http.StatusSeeOther)
	if p := n.reminders.plans[0]; p.Schedule != "daily at 09:00" || p.Version != 4 {
		t.Errorf("changed: %+v", p)
	}
	post(one, "en", url.Values{"do": {"pause"}, "until": {"2026-12-24"}}, http.StatusSeeOther)
	if p := n.reminders.plans[0]; p.Start != "2026-12-24" || p.Schedule != "daily at 09:00" {
		t.Errorf("paused: %+v", p)
	}
	w := ask(h, request{path: "/residents/r-zhao/reminders", cookies: []*http.Cookie{n.signedIn(t)}})
	if !strings.Contains(w.Body.String(), "from 2026-12-24 on") {
		t.Errorf("the list does not say that it is paused:\n%s", w.Body)
	}
	post(one, "en", url.Values{"do": {"pause"}}, http.StatusUnprocessableEntity)
	post(one, "en", url.Values{"do": {"end"}}, http.StatusSeeOther)
	if len(n.reminders.plans) != 4 {
		t.Errorf("%d are left", len(n.reminders.plans))
	}
	post(one, "en", url.Values{"do": {"end"}}, http.StatusNotFound)
	n.reminders.deny = true
	for _, path := range []string{"/residents/r-zhao/reminders", "/residents/r-zhao/reminders/m2"} {
		if w := ask(h, request{path: path, cookies: []*http.Cookie{n.signedIn(t)}}); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	post("/residents/r-zhao/reminders/new", "en", change, http.StatusNotFound)
	if w := ask(h, request{path: "/residents/r-zhao", cookies: []*http.Cookie{n.signedIn(t)}}); strings.Contains(w.Body.String(), "/residents/r-zhao/reminders\"") {
		t.Error("the resident's page leads to them")
	}
}
