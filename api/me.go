package api

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/records"
)

// MyContact is how who asks is told.
type MyContact struct {
	Contact
	Residents []MyResident `json:"residents" nullable:"false" doc:"In whose care teams I am"`
}

// MyResident is a resident in whose care team who asks is.
type MyResident struct {
	Resident string `json:"resident"`
	Name     string `json:"name,omitempty" doc:"Absent for a neighbour"`
	Relation string `json:"relation" enum:"family,neighbour,caregiver,doctor,resident"`
	Wishes
}

type myContactOutput struct{ Body MyContact }

// mine is the contact of who asks. It needs no further right: it is their own.
func (a *API) mine(ctx context.Context) (records.User, records.Contact, error) {
	user, ok := UserOf(ctx)
	if !ok {
		return user, records.Contact{}, huma.Error401Unauthorized(needSignIn)
	}
	if err := a.access.MayBeSelf(ctx, user); err != nil {
		return user, records.Contact{}, a.failed(ctx, "check the access", err)
	}
	c, err := a.people.ContactOf(ctx, user.ID)
	if err != nil {
		return user, c, a.failed(ctx, "read your contact", err)
	}
	return user, c, nil
}

func (a *API) readMyContact(ctx context.Context, _ *struct{}) (*myContactOutput, error) {
	_, c, err := a.mine(ctx)
	if err != nil {
		return nil, err
	}
	return a.showMine(ctx, c)
}

func (a *API) showMine(ctx context.Context, c records.Contact) (*myContactOutput, error) {
	out := &myContactOutput{Body: MyContact{Contact: showContact(c), Residents: []MyResident{}}}
	list, err := a.people.CaredForBy(ctx, c.ID)
	if err != nil {
		return nil, a.failed(ctx, "read whom you care for", err)
	}
	for _, one := range list {
		shown := MyResident{Resident: one.Resident, Relation: string(one.Relation), Wishes: showWishes(one.Wishes)}
		may, err := a.sees(ctx, records.Status, one.Resident)
		if err != nil {
			return nil, a.failed(ctx, "check the access", err)
		}
		if may {
			r, err := a.residentStore.Get(ctx, one.Resident)
			if err != nil {
				return nil, a.failed(ctx, "read whom you care for", err)
			}
			shown.Name = r.Name
		}
		out.Body.Residents = append(out.Body.Residents, shown)
	}
	return out, nil
}

type changeMyContactInput struct{ Body ContactBody }

func (a *API) changeMyContact(ctx context.Context, in *changeMyContactInput) (*myContactOutput, error) {
	user, c, err := a.mine(ctx)
	var none huma.StatusError
	isNew := errors.As(err, &none) && none.GetStatus() == 404
	if err != nil && !isNew {
		return nil, err
	}
	in.Body.Name = cmp.Or(in.Body.Name, c.Name, user.Name)
	c.User = user.ID
	if c, err = in.Body.on(c); err != nil {
		return nil, err
	}
	if isNew {
		c, err = a.people.AddContact(ctx, c)
	} else {
		c, err = a.people.ChangeContact(ctx, c)
	}
	if err != nil {
		return nil, a.failed(ctx, "change your contact", err)
	}
	return a.showMine(ctx, c)
}

type newMyChannelInput struct{ Body NewChannel }

func (a *API) addMyChannel(ctx context.Context, in *newMyChannelInput) (*channelOutput, error) {
	_, c, err := a.mine(ctx)
	if err != nil {
		return nil, err
	}
	if in.Body.Kind == string(records.Speaker) {
		if err := a.mayGiveSpeakers(ctx); err != nil {
			return nil, err
		}
	}
	return a.newChannel(ctx, c.ID, in.Body)
}

// mayGiveSpeakers is for staff: a speaker is heard by whoever lives there, and they
// know whose it is.
func (a *API) mayGiveSpeakers(ctx context.Context) error {
	_, err := a.mayArrange(ctx)
	return err
}

type changeMyChannelInput struct {
	ChannelPath
	Body ChannelChange
}

func (a *API) changeMyChannel(ctx context.Context, in *changeMyChannelInput) (*channelOutput, error) {
	_, c, err := a.mine(ctx)
	if err != nil {
		return nil, err
	}
	speaker := func(ch records.Channel) bool { return ch.ID == in.Channel && ch.Kind == records.Speaker }
	if in.Body.Address != nil && slices.ContainsFunc(c.Channels, speaker) {
		if err := a.mayGiveSpeakers(ctx); err != nil {
			return nil, err
		}
	}
	return a.channelChanged(ctx, c.ID, in.Channel, in.Body)
}

func (a *API) removeMyChannel(ctx context.Context, in *ChannelPath) (*struct{}, error) {
	_, c, err := a.mine(ctx)
	if err != nil {
		return nil, err
	}
	return a.channelRemoved(ctx, c.ID, in.Channel)
}

type changeMyWishesInput struct {
	ResidentPath
	Body Wishes
}

func (a *API) changeMyWishes(ctx context.Context, in *changeMyWishesInput) (*myContactOutput, error) {
	_, c, err := a.mine(ctx)
	if err != nil {
		return nil, err
	}
	wishes, err := in.Body.read()
	if err != nil {
		return nil, err
	}
	if err := a.people.SetWishes(ctx, in.ID, c.ID, wishes); err != nil {
		return nil, a.failed(ctx, "change how you are told", err)
	}
	return a.showMine(ctx, c)
}
