package api

import (
	"context"
	"fmt"
	"time"

	"github.com/anxin-care/anxin/records"
)

// Contact is a person who can be told.
type Contact struct {
	ID         string    `json:"id"`
	User       string    `json:"user,omitempty" doc:"Who signs in as this person"`
	Name       string    `json:"name"`
	Language   string    `json:"language,omitempty" example:"zh-CN"`
	TimeZone   string    `json:"time_zone" example:"Asia/Shanghai"`
	Quiet      []Hours   `json:"quiet" nullable:"false" doc:"When only what is critical may be heard"`
	QuietUsual bool      `json:"quiet_usual" doc:"Nothing was said of quiet hours: these are the usual ones"`
	Channels   []Channel `json:"channels" nullable:"false" doc:"Where they are reached, the first one first"`
	CreatedAt  time.Time `json:"created_at"`
	ChangedAt  time.Time `json:"changed_at"`
}

// Hours are a part of every day by the contact's clock.
type Hours struct {
	From string `json:"from" example:"22:00"`
	To   string `json:"to" doc:"On the next day when it is not after from" example:"07:00"`
}

// Channel is one address over which a contact is reached.
type Channel struct {
	ID           string     `json:"id"`
	Kind         string     `json:"kind" enum:"email,webpush,webhook,chat,sms,speaker"`
	Address      string     `json:"address" doc:"Secrets in it are masked"`
	Label        string     `json:"label,omitempty" example:"work phone"`
	Trusted      bool       `json:"trusted" doc:"Details of somebody's health may go over it"`
	SeverityFrom string     `json:"severity_from" enum:"info,warning,critical" doc:"The mildest that it is used for"`
	LoudFrom     string     `json:"loud_from" enum:"info,warning,critical" doc:"The mildest that makes a sound"`
	AddedAt      time.Time  `json:"added_at"`
	ConfirmedAt  *time.Time `json:"confirmed_at,omitempty" doc:"When its person was seen to have it"`
	WorkedAt     *time.Time `json:"worked_at,omitempty" doc:"When something last got through"`
	FailedAt     *time.Time `json:"failed_at,omitempty" doc:"When something last did not"`
	Fault        string     `json:"fault,omitempty" doc:"Why, as long as it has not worked since"`
}

func showContact(c records.Contact) Contact {
	out := Contact{
		ID: c.ID, User: c.User, Name: c.Name, Language: c.Language, TimeZone: c.TimeZone, Quiet: []Hours{}, QuietUsual: c.Quiet == nil,
		Channels: showChannels(c.Channels), CreatedAt: c.CreatedAt, ChangedAt: c.ChangedAt,
	}
	for _, h := range c.QuietHours() {
		from, to := h.Clocks()
		out.Quiet = append(out.Quiet, Hours{from, to})
	}
	return out
}

func showChannels(list []records.Channel) []Channel {
	out := []Channel{}
	for _, c := range list {
		out = append(out, showChannel(c))
	}
	return out
}

func showChannel(c records.Channel) Channel {
	return Channel{
		ID: c.ID, Kind: string(c.Kind), Address: c.Masked(), Label: c.Label, Trusted: c.Trusted,
		SeverityFrom: c.From.String(), LoudFrom: c.LoudFrom.String(),
		AddedAt: c.AddedAt, ConfirmedAt: when(c.ConfirmedAt), WorkedAt: when(c.WorkedAt), FailedAt: when(c.FailedAt), Fault: c.Fault,
	}
}

// ContactPath names the contact in an operation's path.
type ContactPath struct {
	ID string `path:"id" doc:"Contact id"`
}

// ContactBody is what is said of a contact.
type ContactBody struct {
	Name     string   `json:"name,omitempty" maxLength:"200"`
	Language string   `json:"language,omitempty" example:"zh-CN"`
	TimeZone string   `json:"time_zone,omitempty" doc:"Default Asia/Shanghai" example:"Asia/Shanghai"`
	Quiet    *[]Hours `json:"quiet,omitempty" doc:"When only what is critical may be heard; left out, the usual hours: 22:00 to 07:00 and 12:30 to 14:00"`
}

// on is the contact as the request says.
func (b *ContactBody) on(c records.Contact) (records.Contact, error) {
	c.Name, c.Language, c.TimeZone, c.Quiet = b.Name, b.Language, b.TimeZone, nil
	if c.TimeZone == "" {
		c.TimeZone = defaultTimeZone
	}
	if b.Quiet == nil {
		return c, nil
	}
	c.Quiet = []records.Hours{}
	for i, h := range *b.Quiet {
		hours, err := records.ParseHours(h.From, h.To)
		if err != nil {
			return c, invalid(fmt.Sprintf("body.quiet[%d]", i), h, err.Error())
		}
		c.Quiet = append(c.Quiet, hours)
	}
	return c, nil
}

type contactOutput struct{ Body Contact }

type contactsOutput struct{ Body []Contact }

func (a *API) listContacts(ctx context.Context, _ *struct{}) (*contactsOutput, error) {
	if _, err := a.mayArrange(ctx); err != nil {
		return nil, err
	}
	list, err := a.people.Contacts(ctx)
	if err != nil {
		return nil, a.failed(ctx, "list contacts", err)
	}
	out := &contactsOutput{Body: []Contact{}}
	for _, c := range list {
		out.Body = append(out.Body, showContact(c))
	}
	return out, nil
}

type newContactInput struct {
	Body struct {
		ID   string `json:"id,omitempty" doc:"Yours to choose, or Anxin's: letters, digits and hyphens"`
		User string `json:"user,omitempty" doc:"Who signs in as this person"`
		ContactBody
	}
}

func (a *API) addContact(ctx context.Context, in *newContactInput) (*contactOutput, error) {
	if _, err := a.mayArrange(ctx); err != nil {
		return nil, err
	}
	if err := a.mayBind(ctx, "", in.Body.User); err != nil {
		return nil, err
	}
	c, err := in.Body.on(records.Contact{ID: in.Body.ID, User: in.Body.User})
	if err != nil {
		return nil, err
	}
	if c, err = a.people.AddContact(ctx, c); err != nil {
		return nil, a.failed(ctx, "add the contact", err)
	}
	return &contactOutput{Body: showContact(c)}, nil
}

// mayBind asks the one check for saying who signs in as a contact, where that is
// somebody else now: they see whom the contact cares for.
func (a *API) mayBind(ctx context.Context, before, after string) error {
	if before == after {
		return nil
	}
	_, err := a.mayAppoint(ctx)
	return err
}

// contact returns a contact that the request may see.
func (a *API) contact(ctx context.Context, id string) (records.Contact, error) {
	if _, err := a.mayArrange(ctx); err != nil {
		return records.Contact{}, err
	}
	c, err := a.people.Contact(ctx, id)
	if err != nil {
		return c, a.failed(ctx, "read the contact", err)
	}
	return c, nil
}

func (a *API) readContact(ctx context.Context, in *ContactPath) (*contactOutput, error) {
	c, err := a.contact(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &contactOutput{Body: showContact(c)}, nil
}

type changeContactInput struct {
	ContactPath
	Body struct {
		User string `json:"user,omitempty" doc:"Who signs in as this person"`
		ContactBody
	}
}

func (a *API) changeContact(ctx context.Context, in *changeContactInput) (*contactOutput, error) {
	c, err := a.contact(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := a.mayChangeContact(ctx, in.ID); err != nil {
		return nil, err
	}
	if err := a.mayBind(ctx, c.User, in.Body.User); err != nil {
		return nil, err
	}
	c.User = in.Body.User
	if c, err = in.Body.on(c); err != nil {
		return nil, err
	}
	if c, err = a.people.ChangeContact(ctx, c); err != nil {
		return nil, a.failed(ctx, "change the contact", err)
	}
	return &contactOutput{Body: showContact(c)}, nil
}

func (a *API) removeContact(ctx context.Context, in *ContactPath) (*struct{}, error) {
	user, err := a.mayChangeContact(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.people.RemoveContact(ctx, in.ID, user.ID); err != nil {
		return nil, a.failed(ctx, "remove the contact", err)
	}
	return nil, nil
}
