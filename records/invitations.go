package records

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

const (
	// InvitationLife is how long an invitation can be accepted.
	InvitationLife = 7 * 24 * time.Hour
	// mostInvitations bounds a list.
	mostInvitations = 1000
)

// Invitation lets somebody become a user, once, by a link.
type Invitation struct {
	ID   string
	Role Role
	// Name is the person's, as far as it is known.
	Name string
	// Language is a BCP 47 tag; "" when not said.
	Language string
	// Email is where the link was sent, and nobody else was shown it; "" when it was
	// handed over.
	Email string
	// Contact is who they are already among those who can be told; "" for nobody yet.
	Contact string
	// Resident is in whose care team they come, as Relation; "" for none.
	Resident string
	Relation Relation
	// MadeBy is a user; "" for the command line.
	MadeBy            string
	MadeAt, ExpiresAt time.Time
	// UserID is who they have become; EndedAt is when that was, or when the invitation
	// was taken back.
	UserID  string
	EndedAt time.Time
}

// Holds reports whether it can be accepted at a time.
func (i Invitation) Holds(at time.Time) bool { return i.EndedAt.IsZero() && at.Before(i.ExpiresAt) }

type invitationRow struct {
	bun.BaseModel `bun:"table:invitations"`

	ID        string   `bun:"id,pk"`
	Hash      string   `bun:"hash"`
	Role      Role     `bun:"role"`
	Name      string   `bun:"name"`
	Language  string   `bun:"language"`
	Email     string   `bun:"email"`
	Contact   string   `bun:"contact,nullzero"`
	Resident  string   `bun:"resident,nullzero"`
	Relation  Relation `bun:"relation"`
	MadeBy    string   `bun:"made_by"`
	MadeAt    int64    `bun:"made_at"`
	ExpiresAt int64    `bun:"expires_at"`
	UserID    string   `bun:"user_id,nullzero"`
	EndedAt   int64    `bun:"ended_at,nullzero"`
}

func (row *invitationRow) invitation() Invitation {
	return Invitation{
		ID: row.ID, Role: row.Role, Name: row.Name, Language: row.Language, Email: row.Email, Contact: row.Contact, Resident: row.Resident,
		Relation: row.Relation, MadeBy: row.MadeBy, MadeAt: store.Time(row.MadeAt), ExpiresAt: store.Time(row.ExpiresAt), UserID: row.UserID, EndedAt: store.Time(row.EndedAt),
	}
}

// Invite makes an invitation and returns it as it is kept, with the secret for its
// link, which is known this once.
func (s *Users) Invite(ctx context.Context, i Invitation) (secret string, made Invitation, err error) {
	if err := i.settle(); err != nil {
		return "", Invitation{}, err
	}
	now := store.Now()
	secret = newSecret()
	row := invitationRow{
		ID: ulid.Make().String(), Hash: hashSecret(secret), Role: i.Role, Name: i.Name, Language: i.Language, Email: i.Email, Contact: i.Contact,
		Resident: i.Resident, Relation: i.Relation, MadeBy: i.MadeBy, MadeAt: store.Millis(now), ExpiresAt: store.Millis(now.Add(InvitationLife)),
	}
	err = s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if row.Resident != "" {
			if _, err := find(ctx, tx, row.Resident); err != nil {
				return err
			}
		}
		if row.Contact != "" {
			c, err := findContact(ctx, tx, row.Contact)
			if err != nil {
				return err
			}
			if c.User != "" {
				return &store.Fault{Kind: ErrConflict, Code: CodeContactOfUser, Entity: "contact", ID: c.ID, Detail: "signs in already"}
			}
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		return writeDown(ctx, tx, account(i.MadeBy, "invitation "+row.ID+" made"))
	})
	if err != nil {
		return "", Invitation{}, fmt.Errorf("invite: %w", about("invitation", row.ID, err))
	}
	return secret, row.invitation(), nil
}

// settle puts the invitation in the form in which it is kept, and finds all that is
// wrong with it.
func (i *Invitation) settle() error {
	i.Name, i.Email = strings.TrimSpace(i.Name), strings.TrimSpace(i.Email)
	wrong := append(i.Role.check(), checkText("name", i.Name)...)
	wrong = append(wrong, checkText("email", i.Email)...)
	wrong = append(wrong, settleLanguage(&i.Language)...)
	switch {
	case i.Resident != "":
		wrong = append(wrong, i.Relation.check()...)
	case i.Relation != "":
		wrong = append(wrong, store.Field{Path: "resident", Message: "is not said: a relation is to somebody"})
	}
	if err := store.Invalid("invitation", i.ID, wrong); err != nil {
		return fmt.Errorf("invite: %w", err)
	}
	return nil
}

// Invited returns the invitation whose link has this secret; ErrNotFound when there is
// none that holds.
func (s *Users) Invited(ctx context.Context, secret string) (Invitation, error) {
	row, err := invited(ctx, s.db, secret)
	if err != nil {
		return Invitation{}, fmt.Errorf("read %w", about("invitation", "", err))
	}
	return row.invitation(), nil
}

func invited(ctx context.Context, db bun.IDB, secret string) (row invitationRow, err error) {
	err = db.NewSelect().Model(&row).Where("hash = ?", hashSecret(secret)).Where("ended_at IS NULL").Where("expires_at > ?", time.Now().UnixMilli()).Scan(ctx)
	if noRows(err) {
		err = store.NotFound("invitation", "")
	}
	return row, err
}

// Invitations lists those that hold, the newest first.
func (s *Users) Invitations(ctx context.Context) ([]Invitation, error) {
	var rows []invitationRow
	err := s.db.NewSelect().Model(&rows).Where("ended_at IS NULL").Where("expires_at > ?", time.Now().UnixMilli()).
		Order("made_at DESC", "id DESC").Limit(mostInvitations).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	list := make([]Invitation, len(rows))
	for i := range rows {
		list[i] = rows[i].invitation()
	}
	return list, nil
}

// TakeBack ends an invitation that nobody has accepted; ErrNotFound when there is none.
func (s *Users) TakeBack(ctx context.Context, id, by string) error {
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		done, err := tx.NewUpdate().Table("invitations").Set("ended_at = ?", store.Now().UnixMilli()).Where("id = ?", id).Where("ended_at IS NULL").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return store.NotFound("invitation", id)
		}
		return writeDown(ctx, tx, account(by, "invitation "+id+" taken back"))
	})
	if err != nil {
		return fmt.Errorf("take back %w", about("invitation", id, err))
	}
	return nil
}

// Acceptance is what somebody says who accepts an invitation.
type Acceptance struct {
	Login, Name, Language, Password string
	// TimeZone is the contact's where that of a resident is not known.
	TimeZone string
}

// Accept makes a user of whoever has the link with this secret, in one step and once:
// with a password, as a contact, and in the care team of the resident of whom the
// invitation speaks. An address to which the link was sent alone is theirs, and becomes
// a channel.
func (s *Users) Accept(ctx context.Context, secret string, a Acceptance) (User, error) {
	row, err := invited(ctx, s.db, secret) // before a hash is made
	if err != nil {
		return User{}, fmt.Errorf("accept %w", about("invitation", "", err))
	}
	u := User{ID: ulid.Make().String(), Login: a.Login, Name: a.Name, Language: a.Language, Role: row.Role, CreatedAt: store.Now()}
	if err := u.settle(); err != nil {
		return User{}, fmt.Errorf("accept the invitation: %w", err)
	}
	hash, err := s.newHash(ctx, u.ID, a.Password)
	if err != nil {
		return User{}, fmt.Errorf("accept the invitation: %w", err)
	}
	err = s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := invited(ctx, tx, secret)
		if err != nil {
			return err
		}
		u.Role = row.Role
		if err := insertUser(ctx, tx, u, hash); err != nil {
			return err
		}
		if err := asContact(ctx, tx, row, u, a.TimeZone); err != nil {
			return err
		}
		_, err = tx.NewUpdate().Model(&row).Set("user_id = ?", u.ID).Set("ended_at = ?", store.Millis(u.CreatedAt)).Where("id = ?", row.ID).Exec(ctx)
		if err != nil {
			return err
		}
		entry := account(u.ID, "user "+u.ID+" made")
		entry.Ground = "invitation " + row.ID
		return writeDown(ctx, tx, entry)
	})
	if err != nil {
		return User{}, fmt.Errorf("accept the invitation: %w", about("user", u.Login, err))
	}
	return u, nil
}

// asContact makes the new user the contact that the invitation speaks of, or a new
// one, with what else it says.
func asContact(ctx context.Context, tx bun.Tx, row invitationRow, u User, zone string) error {
	c := Contact{ID: row.Contact}
	if c.ID != "" {
		var err error
		if c, err = findContact(ctx, tx, c.ID); err != nil {
			return err
		}
		c.User = u.ID
		if err := mayLink(ctx, tx, c); err != nil {
			return err
		}
		if _, err := tx.NewUpdate().Table("contacts").Set("user_id = ?", u.ID).Set("changed_at = ?", store.Millis(u.CreatedAt)).Where("id = ?", c.ID).Exec(ctx); err != nil {
			return err
		}
	} else {
		if row.Resident != "" {
			r, err := find(ctx, tx, row.Resident)
			if err != nil {
				return err
			}
			zone = r.TimeZone
		}
		c = Contact{ID: ulid.Make().String(), User: u.ID, Name: u.Name, Language: u.Language, TimeZone: zone, CreatedAt: u.CreatedAt, ChangedAt: u.CreatedAt}
		if err := c.settle(); err != nil {
			return err
		}
		if err := insertContact(ctx, tx, c); err != nil {
			return err
		}
	}
	if err := hasMailbox(ctx, tx, c, row.Email, u.CreatedAt); err != nil || row.Resident == "" {
		return err
	}
	m := Membership{Resident: row.Resident, Contact: c.ID, Relation: row.Relation}
	if err := store.Invalid("member", c.ID, m.Wishes.settle(m.Relation)); err != nil {
		return err
	}
	return setMember(ctx, tx, m)
}

// hasMailbox keeps that a contact reads an address, unless there is no room for it.
func hasMailbox(ctx context.Context, tx bun.Tx, c Contact, address string, at time.Time) error {
	if address == "" {
		return nil
	}
	channel := Channel{ID: ulid.Make().String(), Contact: c.ID, Kind: Email, Address: address, AddedAt: at, ConfirmedAt: at, WorkedAt: at}
	if err := store.Invalid("channel", channel.ID, channel.settle()); err != nil {
		return err
	}
	for _, other := range c.Channels {
		if other.Kind == Email && other.Address == channel.Address {
			_, err := tx.NewUpdate().Table("contact_channels").Set("confirmed_at = ?", store.Millis(at)).Where("id = ?", other.ID).Exec(ctx)
			return err
		}
	}
	if len(c.Channels) >= mostChannels {
		return nil
	}
	row := channelRowOf(channel)
	row.N = len(c.Channels) + 1
	_, err := tx.NewInsert().Model(&row).Exec(ctx)
	return err
}
