package service_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/panels"
)

// panelHouse is a resident with people around her, and a panel of two of whom one has a
// webhook and the other nothing.
type panelHouse struct {
	*testing.T
	s     *service.Service
	users map[string]records.User
}

func (h *panelHouse) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *panelHouse) build(hooks string) {
	h.Helper()
	ctx, s := h.Context(), h.s
	_, err := s.Residents.Create(ctx, records.Resident{ID: "li", Name: "Li Hua", BirthDate: records.Date{Year: 1941, Month: 3, Day: 5}, Sex: "female", TimeZone: "Asia/Shanghai", Language: "en"})
	h.must(err)
	for name, role := range map[string]records.Role{"chair": records.Expert, "mute": records.Expert, "nurse": records.Caregiver, "manager": records.Family} {
		h.users[name], err = s.AddUser(ctx, records.User{Login: name, Name: name, Role: role}, "long enough")
		h.must(err)
	}
	for id, language := range map[string]string{"chair": "zh-CN", "mute": "en", "nurse": "en", "manager": "en", "daughter": "en", "doctor": "en", "barred": "en", "next-door": "en"} {
		_, err := s.People.AddContact(ctx, records.Contact{ID: id, User: h.users[id].ID, Name: id, Language: language, TimeZone: "UTC", Quiet: []records.Hours{}})
		h.must(err)
		if id == "mute" {
			continue
		}
		_, err = s.People.AddChannel(ctx, records.Channel{Contact: id, Kind: records.Webhook, Address: hooks + "/" + id + "#secret=0123456789abcdef0123456789abcdef", Trusted: id != "doctor", From: records.Info, LoudFrom: records.Warning})
		h.must(err)
	}
	for id, as := range map[string]records.Relation{"manager": records.AsManager, "daughter": records.AsFamily, "doctor": records.AsDoctor, "barred": records.AsCaregiver, "next-door": records.AsNeighbour} {
		h.must(s.People.SetMember(ctx, records.Membership{Resident: "li", Contact: id, Relation: as}))
	}
	for _, c := range []records.Consent{{Purpose: records.Panel}, {Purpose: records.Sharing, Contact: "barred", Scope: records.Status}} {
		c.Resident, c.GivenBy, c.Capacity, c.Manner, c.Language = "li", "Li", records.ByResident, records.SignedIn, "en"
		_, err := s.Consents.Give(ctx, c)
		h.must(err)
	}
	p := panels.Panel{ID: "hearts", Name: "Hearts", Active: true, Members: []panels.Member{
		{User: h.users["chair"].ID, Speciality: "Cardiology", Chair: true}, {User: h.users["mute"].ID, Speciality: "Geriatrics"},
	}}
	_, err = s.Panels.AddPanel(ctx, p, records.Change{By: "admin"})
	h.must(err)
}

// An expert is told over a webhook that a question waits, and as chair that all are in,
// without a word of whom it is about; who asked and who may see the file, that there is
// advice. Each once, over a crash between any two steps; who has no channel sees it on
// the board, and that nobody told them is said.
func TestExpertsAreAskedAndAdviceIsTold(t *testing.T) {
	hooks := newReceiver(t)
	cfg := testConfig(t)
	cfg.TellNetworks = []string{"127.0.0.0/8"}
	cfg.PublicURL = "http://" + cfg.HTTPAddr
	h := &panelHouse{T: t, users: map[string]records.User{}}
	ctx := t.Context()
	open := func() {
		var err error
		cfg.MQTTAddr, cfg.HTTPAddr = freeAddr(t), freeAddr(t) // who has died may hold them still
		h.s, err = service.Open(ctx, cfg, slog.New(slog.DiscardHandler))
		h.must(err)
	}
	// again runs the service until something holds, and shuts it.
	again := func(what string, holds func() error) {
		t.Helper()
		running, cancel := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- h.s.Run(running) }()
		(&process{t: t}).waitFor(what, holds)
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		h.must(h.s.Close())
		open()
	}
	told := func(n int, who ...string) func() error {
		return func() error {
			for _, one := range who {
				if got := len(hooks.to(one)); got < n {
					return fmt.Errorf("%s was told %d times", one, got)
				}
			}
			return nil
		}
	}
	open()
	defer func() { h.must(h.s.Close()) }()
	h.build(hooks.URL)
	c, err := h.s.Panels.Ask(ctx, panels.Question{Resident: "li", Panel: "hearts", Text: "Is the limit right?", Urgency: panels.Urgent, By: h.users["nurse"].ID})
	h.must(err)
	h.must(h.s.Close()) // before anybody was told
	open()
	again("the expert to be told", told(1, "chair"))
	h.must(h.s.TellPanels(ctx))
	first := hooks.to("chair")[0]
	if !strings.Contains(first.subject, "紧急问题") || strings.Contains(first.subject+first.text, "Li") || strings.Contains(first.text, "limit") || first.links["open"] == "" {
		t.Errorf("the expert was told %+v", first)
	}
	unreached, err := h.s.Panels.Unreached(ctx, c.ID)
	h.must(err)
	if len(unreached) != 1 || unreached[0] != h.users["mute"].ID {
		t.Errorf("could not be told: %v", unreached)
	}
	cases, err := h.s.Panels.Cases(ctx, h.users["mute"])
	h.must(err)
	if len(cases) != 1 || !cases[0].MyTurn {
		t.Errorf("the board of who was not told: %+v", cases)
	}

	view := panels.View{Answer: panels.WouldLeave, Text: "Leave it.", Reasons: "It is well.", Confidence: panels.High}
	for _, name := range []string{"chair", "mute"} {
		_, err := h.s.Panels.Speak(ctx, h.users[name], c.ID, view)
		h.must(err)
	}
	h.must(h.s.TellPanels(ctx)) // queued, and not sent yet
	h.must(h.s.Close())
	open()
	again("the chair to be told", told(2, "chair"))
	if second := hooks.to("chair")[1]; !strings.Contains(second.text, "意见已收齐") {
		t.Errorf("the chair was told %+v", second)
	}

	_, err = h.s.Panels.Advise(ctx, h.users["chair"], c.ID, panels.Guidance{Text: "Leave it.", Plain: panels.Text{EN: "All is well."}, ReviewBy: records.DateOf(time.Now().AddDate(0, 1, 0))})
	h.must(err)
	again("those around her to be told", told(1, "nurse", "manager", "doctor"))
	h.must(h.s.TellPanels(ctx))
	again("nothing more", told(1, "nurse"))
	for who, n := range map[string]int{"chair": 2, "nurse": 1, "manager": 1, "doctor": 1, "daughter": 0, "barred": 0, "next-door": 0} {
		if got := hooks.to(who); len(got) != n {
			t.Errorf("%d letters to %s, want %d: %+v", len(got), who, n, got)
		}
	}
	manager, doctor := hooks.to("manager")[0], hooks.to("doctor")[0]
	if manager.subject != "There is advice about Li Hua" {
		t.Errorf("the manager was told %+v", manager)
	}
	if strings.Contains(doctor.subject+doctor.text, "Li") {
		t.Errorf("over a way that is not trusted: %+v", doctor)
	}
	entries, err := h.s.Audit.List(ctx, audit.Query{Resident: "li", Limit: 200})
	h.must(err)
	said := 0
	for _, e := range entries {
		if e.Action == audit.Tell {
			said++
		}
	}
	if said != 3 {
		t.Errorf("%d lines of the audit say that somebody was told, want 3", said)
	}
}

// Advice is told to nobody once the consent for panels is withdrawn, not even what is on
// its way.
func TestAdviceIsNotToldWithoutConsent(t *testing.T) {
	hooks := newReceiver(t)
	cfg := testConfig(t)
	cfg.TellNetworks = []string{"127.0.0.0/8"}
	h := &panelHouse{T: t, users: map[string]records.User{}}
	ctx := t.Context()
	var err error
	h.s, err = service.Open(ctx, cfg, slog.New(slog.DiscardHandler))
	h.must(err)
	defer func() { h.must(h.s.Close()) }()
	h.build(hooks.URL)
	c, err := h.s.Panels.Ask(ctx, panels.Question{Resident: "li", Panel: "hearts", Text: "Is the limit right?", By: h.users["nurse"].ID})
	h.must(err)
	view := panels.View{Answer: panels.WouldLeave, Text: "Leave it.", Reasons: "It is well.", Confidence: panels.High}
	for _, name := range []string{"chair", "mute"} {
		_, err := h.s.Panels.Speak(ctx, h.users[name], c.ID, view)
		h.must(err)
	}
	_, err = h.s.Panels.Advise(ctx, h.users["chair"], c.ID, panels.Guidance{Text: "Leave it.", Plain: panels.Text{EN: "All is well."}, ReviewBy: records.DateOf(time.Now().AddDate(0, 1, 0))})
	h.must(err)
	h.must(h.s.TellPanels(ctx)) // it waits to be sent
	consents, err := h.s.Consents.Of(ctx, "li")
	h.must(err)
	for _, one := range consents {
		if one.Purpose == records.Panel {
			_, err := h.s.Consents.Withdraw(ctx, "li", one.ID, "", "no more")
			h.must(err)
		}
	}
	running, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- h.s.Run(running) }()
	(&process{t: t}).waitFor("what waits to be dropped", func() error {
		n, err := h.s.Records.NewSelect().Table("deliveries").Where("about = 'question'").Where("status <> 'dropped'").Count(ctx)
		if err == nil && n > 0 {
			err = fmt.Errorf("%d wait", n)
		}
		return err
	})
	cancel()
	if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	for _, who := range []string{"nurse", "manager", "doctor"} {
		if got := hooks.to(who); len(got) != 0 {
			t.Errorf("%s was told %+v", who, got)
		}
	}
}
