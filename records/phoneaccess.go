package records

import (
	"context"
	"slices"
)

// MayPhone returns nil when the user may say at which number a resident is called: who may
// arrange for them, and they themselves. It is a fault of the kind ErrForbidden otherwise:
// whoever is called about them dials it.
func (a Access) MayPhone(ctx context.Context, u User, resident string) error {
	if a.has(ctx, u, called, resident) {
		return a.may(ctx, u, called, resident)
	}
	return a.MayArrangeFor(ctx, u, resident)
}

// Phones reports the same, for who shows what to whom.
func (a Access) Phones(ctx context.Context, u User, resident string) bool {
	return a.has(ctx, u, called, resident) || a.MayArrange(ctx, u) == nil && a.has(ctx, u, keep, resident)
}

// MayPhoneHome returns nil when the user may say at which number a home is called: who may
// for each of those who live there, since it is all of theirs. Of a home where nobody
// lives it is who may change homes.
func (a Access) MayPhoneHome(ctx context.Context, u User, home string) error {
	living, err := a.living(ctx, home)
	if err != nil {
		return err
	}
	if len(living) == 0 {
		return a.MayManage(ctx, u)
	}
	for _, resident := range living {
		if err := a.MayPhone(ctx, u, resident); err != nil {
			return err
		}
	}
	return nil
}

// PhonesHome reports the same, for who shows what to whom.
func (a Access) PhonesHome(ctx context.Context, u User, home string) (bool, error) {
	living, err := a.living(ctx, home)
	if err != nil || len(living) == 0 {
		return err == nil && a.MayManage(ctx, u) == nil, err
	}
	return !slices.ContainsFunc(living, func(resident string) bool { return !a.Phones(ctx, u, resident) }), nil
}

// living are the residents who live in a home.
func (a Access) living(ctx context.Context, home string) (residents []string, err error) {
	if a.db == nil {
		return nil, nil
	}
	err = a.db.NewSelect().Table("residents").Column("id").Where("home = ?", home).Where("merged_into IS NULL").Order("id").Scan(ctx, &residents)
	if err != nil {
		return nil, about("home", home, err)
	}
	return residents, nil
}

// MayTestChannel returns nil when the user may send a test message over a contact's
// channels: whose contact it is, and who may change how it is reached.
func (a Access) MayTestChannel(ctx context.Context, u User, contact string) error {
	if u.ID != "" && a.db != nil {
		own, err := a.db.NewSelect().Table("contacts").Where("id = ?", contact).Where("user_id = ?", u.ID).Exists(ctx)
		if err != nil {
			return about("contact", contact, err)
		}
		if own {
			return a.MayBeSelf(ctx, u)
		}
	}
	return a.MayChangeContact(ctx, u, contact)
}
