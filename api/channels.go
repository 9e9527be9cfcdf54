package api

import (
	"context"

	"github.com/anxin-care/anxin/records"
)

type channelsOutput struct{ Body []Channel }

func (a *API) listChannels(ctx context.Context, in *ContactPath) (*channelsOutput, error) {
	c, err := a.contact(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &channelsOutput{Body: showChannels(c.Channels)}, nil
}

// NewChannel is what is said of a channel that is added.
type NewChannel struct {
	Kind         string `json:"kind" enum:"email,webpush,webhook,chat,sms,speaker"`
	Address      string `json:"address" minLength:"1" maxLength:"4000" doc:"In the form of the kind"`
	Label        string `json:"label,omitempty" maxLength:"200" example:"work phone"`
	Trusted      bool   `json:"trusted,omitempty" doc:"Details of somebody's health may go over it"`
	SeverityFrom string `json:"severity_from,omitempty" enum:"info,warning,critical" default:"info" doc:"The mildest that it is used for"`
	LoudFrom     string `json:"loud_from,omitempty" enum:"info,warning,critical" default:"warning" doc:"The mildest that makes a sound"`
}

type newChannelInput struct {
	ContactPath
	Body NewChannel
}

type channelOutput struct{ Body Channel }

func (a *API) addChannel(ctx context.Context, in *newChannelInput) (*channelOutput, error) {
	if _, err := a.mayChangeContact(ctx, in.ID); err != nil {
		return nil, err
	}
	return a.newChannel(ctx, in.ID, in.Body)
}

func (a *API) newChannel(ctx context.Context, contact string, n NewChannel) (*channelOutput, error) {
	c := records.Channel{Contact: contact, Kind: records.ChannelKind(n.Kind), Address: n.Address, Label: n.Label, Trusted: n.Trusted}
	var err error
	if c.From, err = records.ParseSeverity(n.SeverityFrom); err != nil {
		return nil, invalid("body.severity_from", n.SeverityFrom, err.Error())
	}
	if c.LoudFrom, err = records.ParseSeverity(n.LoudFrom); err != nil {
		return nil, invalid("body.loud_from", n.LoudFrom, err.Error())
	}
	if c, err = a.people.AddChannel(ctx, c); err != nil {
		return nil, a.failed(ctx, "add the channel", err)
	}
	return &channelOutput{Body: showChannel(c)}, nil
}

// ChannelPath names a channel in an operation's path.
type ChannelPath struct {
	Channel string `path:"channel" doc:"Channel id"`
}

// ChannelChange is what becomes different of a channel.
type ChannelChange struct {
	Address      *string `json:"address,omitempty" minLength:"1" maxLength:"4000"`
	Label        *string `json:"label,omitempty" maxLength:"200"`
	Trusted      *bool   `json:"trusted,omitempty"`
	SeverityFrom *string `json:"severity_from,omitempty" enum:"info,warning,critical"`
	LoudFrom     *string `json:"loud_from,omitempty" enum:"info,warning,critical"`
	Place        *int    `json:"place,omitempty" minimum:"1" doc:"Where it comes in the order"`
}

type changeChannelInput struct {
	ContactPath
	ChannelPath
	Body ChannelChange
}

func (a *API) changeChannel(ctx context.Context, in *changeChannelInput) (*channelOutput, error) {
	if _, err := a.mayChangeContact(ctx, in.ID); err != nil {
		return nil, err
	}
	return a.channelChanged(ctx, in.ID, in.Channel, in.Body)
}

func (a *API) channelChanged(ctx context.Context, contact, channel string, b ChannelChange) (*channelOutput, error) {
	change := records.ChannelChange{Address: b.Address, Label: b.Label, Trusted: b.Trusted, Place: b.Place}
	for _, said := range []struct {
		path string
		text *string
		to   **records.Severity
	}{{"severity_from", b.SeverityFrom, &change.From}, {"loud_from", b.LoudFrom, &change.LoudFrom}} {
		if said.text == nil {
			continue
		}
		severity, err := records.ParseSeverity(*said.text)
		if err != nil {
			return nil, invalid("body."+said.path, *said.text, err.Error())
		}
		*said.to = &severity
	}
	c, err := a.people.ChangeChannel(ctx, contact, channel, change)
	if err != nil {
		return nil, a.failed(ctx, "change the channel", err)
	}
	return &channelOutput{Body: showChannel(c)}, nil
}

type removeChannelInput struct {
	ContactPath
	ChannelPath
}

func (a *API) removeChannel(ctx context.Context, in *removeChannelInput) (*struct{}, error) {
	if _, err := a.mayChangeContact(ctx, in.ID); err != nil {
		return nil, err
	}
	return a.channelRemoved(ctx, in.ID, in.Channel)
}

func (a *API) channelRemoved(ctx context.Context, contact, channel string) (*struct{}, error) {
	if err := a.people.RemoveChannel(ctx, contact, channel); err != nil {
		return nil, a.failed(ctx, "remove the channel", err)
	}
	return nil, nil
}
