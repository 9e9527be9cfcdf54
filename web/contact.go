package web

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

// contactView is how somebody is told: their own page, or that for staff.
type contactView struct {
	page
	Contact ContactFile
	// Mine is set on the user's own page.
	Mine bool
	// At is the page's own address.
	At string
	// Quiet are lines of quiet hours to fill in, empty ones too.
	Quiet    []Hours
	Channels []channelForm
	Ended    []channelForm
	// PushKey is the one that browsers subscribe with; "", they cannot.
	PushKey string
	New     channelForm
	Cared   []caredForm
	// MayTest is set where a test message can be sent.
	MayTest bool
}

// quietLines is how many quiet hours the page has room for.
const quietLines = 3

// channelForm is a channel with what can be changed of it.
type channelForm struct {
	Channel
	l     *locale
	First bool
	ways  []ChannelKind // that are set up
	now   time.Time
}

// Say is the message of a key.
func (f channelForm) Say(key string) string { return f.l.T(key) }

// Called is what the channel is called: its label, or its kind.
func (f channelForm) Called() string { return f.l.T("channel." + string(f.Kind)) }

// Ended says that it was taken out, and how long ago.
func (f channelForm) Ended() string {
	name := f.Label
	if name == "" {
		name = f.Called()
	}
	return f.l.T("channel.ended", "name", name, "age", f.l.age(f.now.Sub(f.FailedAt)))
}

// Works says when it last worked, or that it does not.
func (f channelForm) Works() string {
	switch {
	case f.Fault != "":
		return f.l.T("channel.fails", "age", f.l.age(f.now.Sub(f.FailedAt)))
	case f.WorkedAt.IsZero():
		return f.l.T("channel.untried")
	}
	return f.l.T("channel.worked", "age", f.l.age(f.now.Sub(f.WorkedAt)))
}

// Uses are the severities that it may be used for, Sounds those that may make a
// sound.
func (f channelForm) Uses() []option { return f.l.severities("uses", f.From) }

// Sounds are the severities that may make a sound.
func (f channelForm) Sounds() []option { return f.l.severities("loud", f.Loud) }

// typedKinds are the kinds of channels whose addresses people type in.
var typedKinds = []ChannelKind{"email", "sms", "chat", "webhook", "speaker"}

// webPush is the kind whose addresses come from browsers, each of its own user.
const webPush ChannelKind = "webpush"

// Kinds are those to choose from: the others are not set up.
func (f channelForm) Kinds() []option {
	var list []option
	for _, kind := range typedKinds {
		if slices.Contains(f.ways, kind) {
			list = append(list, option{Value: string(kind), Label: f.l.T("channel." + string(kind))})
		}
	}
	return list
}

// Missing are the kinds that are not set up, "" when all are.
func (f channelForm) Missing() string {
	var names []string
	for _, kind := range typedKinds {
		if !slices.Contains(f.ways, kind) {
			names = append(names, f.l.T("channel."+string(kind)))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return f.l.T("channel.missing", "names", strings.Join(names, f.l.T("list.and")))
}

// caredForm is what somebody wants to hear of a resident.
type caredForm struct {
	memberForm
	Resident, Whom string
}

// MayWeekly reports whether they may be told of weeks: a neighbour sees nothing of
// anybody's health.
func (f caredForm) MayWeekly() bool { return f.Relation != "neighbour" }

// Tongues are the languages to choose from.
func (v contactView) Tongues() []option {
	list := []option{{Value: "", Label: v.T("contact.any_language"), Chosen: v.Contact.Language == ""}}
	known := v.Contact.Language == ""
	for _, l := range v.Languages {
		chosen := v.Contact.Language == l.Tag
		known = known || chosen
		list = append(list, option{Value: l.Tag, Label: l.Name(), Chosen: chosen})
	}
	if !known {
		list = append(list, option{Value: v.Contact.Language, Label: v.Contact.Language, Chosen: true})
	}
	return list
}

func (s *Site) contact(w http.ResponseWriter, r *http.Request, user User) error {
	id := chi.URLParam(r, "id")
	c, err := s.people.Contact(r.Context(), user, id)
	if err != nil {
		return fmt.Errorf("read the contact: %w", err)
	}
	view := contactView{page: s.newPage(r, user, "me.title"), Contact: c, Mine: id == MyContact, At: "/contacts/" + id, MayTest: s.reach != nil}
	if !view.Mine {
		view.Title = c.Name
	}
	view.Quiet = slices.Clone(c.Quiet)
	for len(view.Quiet) < quietLines {
		view.Quiet = append(view.Quiet, Hours{})
	}
	for i, channel := range c.Channels {
		view.Channels = append(view.Channels, channelForm{Channel: channel, l: view.locale, First: i == 0, now: view.Now})
	}
	for _, channel := range c.Ended {
		view.Ended = append(view.Ended, channelForm{Channel: channel, l: view.locale, now: view.Now})
	}
	if view.Mine {
		view.scripted("contact.js")
		view.PushKey = s.pushKey
	}
	view.New = channelForm{Channel: Channel{From: Info, Loud: Warning}, l: view.locale, ways: s.ways, now: view.Now}
	for _, one := range c.Residents {
		form := memberForm{Member: Member{Relation: one.Relation, Wishes: one.Wishes}, l: view.locale}
		whom := one.Name
		if whom == "" {
			whom = view.T("me.neighbour")
		}
		view.Cared = append(view.Cared, caredForm{form, one.Resident, whom})
	}
	s.render(w, http.StatusOK, "contact", view)
	return nil
}

var clockForm = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

// changeContact keeps name, language, time zone and quiet hours.
func (s *Site) changeContact(ctx context.Context, user User, id string, r *http.Request) error {
	name, err := text(r, "name")
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(r.PostFormValue("zone"))
	if err != nil || name == "" || r.PostFormValue("zone") == "" {
		return fmt.Errorf("%w: name %q, zone %q", errForm, name, r.PostFormValue("zone"))
	}
	c := ContactFile{Person: Person{ID: id, Name: name}, Language: r.PostFormValue("language"), Zone: zone, Quiet: []Hours{}}
	from, to := r.PostForm["quiet_from"], r.PostForm["quiet_to"]
	if len(from) != len(to) || len(from) > 2*quietLines {
		return fmt.Errorf("%w: quiet hours", errForm)
	}
	for i := range from {
		if from[i] == "" && to[i] == "" {
			continue
		}
		if !clockForm.MatchString(from[i]) || !clockForm.MatchString(to[i]) || from[i] == to[i] {
			return fmt.Errorf("quiet hours %q to %q: %w", from[i], to[i], RefusedHours)
		}
		c.Quiet = append(c.Quiet, Hours{from[i], to[i]})
	}
	return s.people.ChangeContact(ctx, user, c)
}

func channelOf(r *http.Request) (c Channel, err error) {
	if c.Label, err = text(r, "label"); err != nil {
		return c, err
	}
	c.Trusted = r.PostFormValue("trusted") != ""
	if c.From, err = severityOf(r, "from"); err != nil {
		return c, err
	}
	c.Loud, err = severityOf(r, "loud")
	return c, err
}

func (s *Site) addChannel(ctx context.Context, user User, id string, r *http.Request) error {
	c, err := channelOf(r)
	if err != nil {
		return err
	}
	if c.Address, err = text(r, "address"); err != nil {
		return err
	}
	c.Kind = ChannelKind(r.PostFormValue("kind"))
	known := slices.Contains(typedKinds, c.Kind) || c.Kind == webPush && id == MyContact
	if !known || c.Address == "" {
		return fmt.Errorf("kind %q: %w", c.Kind, RefusedAddress)
	}
	return s.people.AddChannel(ctx, user, id, c)
}

// changeChannel keeps what was said of a channel, puts it first, or takes it away.
func (s *Site) changeChannel(ctx context.Context, user User, id string, r *http.Request) error {
	channel := chi.URLParam(r, "channel")
	if r.PostFormValue("do") == "remove" {
		return s.people.RemoveChannel(ctx, user, id, channel)
	}
	c, err := channelOf(r)
	if err != nil {
		return err
	}
	c.ID = channel
	return s.people.ChangeChannel(ctx, user, id, c, r.PostFormValue("do") == "first")
}

func (s *Site) forgetEnded(ctx context.Context, user User, id string, r *http.Request) error {
	return s.people.ForgetEnded(ctx, user, id, chi.URLParam(r, "channel"))
}

func (s *Site) setWishes(ctx context.Context, user User, id string, r *http.Request) error {
	w, err := wishesOf(r)
	if err != nil {
		return err
	}
	return s.people.SetWishes(ctx, user, id, chi.URLParam(r, "resident"), w)
}
