package devices

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Wear notes that a resident wears the device from then on; the zero time is
// now. It must be free from then on and not be fixed in a home.
func (r *Registry) Wear(ctx context.Context, device, resident string, from time.Time) error {
	return r.changeDevice(ctx, "put on", device, func(ctx context.Context, tx bun.Tx) error {
		return wear(ctx, tx, device, resident, from)
	})
}

// TakeOff notes that nobody wears the device any more; the zero time is now.
func (r *Registry) TakeOff(ctx context.Context, device string, at time.Time) error {
	return r.changeDevice(ctx, "take off", device, func(ctx context.Context, tx bun.Tx) error {
		if _, err := findDevice(ctx, tx, device); err != nil {
			return err
		}
		return takeOff(ctx, tx, device, at)
	})
}

// Fix notes that the device is from now on fixed in the home. Nobody may wear it.
func (r *Registry) Fix(ctx context.Context, device, home string) error {
	return r.changeDevice(ctx, "fix", device, func(ctx context.Context, tx bun.Tx) error {
		row, err := findInUse(ctx, tx, device)
		if err != nil {
			return err
		}
		if row.Home == home {
			return nil
		}
		w, ok, err := openWearing(ctx, tx, device)
		if err != nil {
			return err
		}
		if ok {
			return worn(w)
		}
		if _, err := findHome(ctx, tx, home); err != nil {
			return err
		}
		row.Home, row.FixedAt = home, store.Millis(store.Now())
		_, err = tx.NewUpdate().Model(&row).WherePK().Column("home", "fixed_at").Exec(ctx)
		return err
	})
}

// Release notes that the device is not fixed in a home any more: it is nobody's
// until somebody wears it or it is fixed again.
func (r *Registry) Release(ctx context.Context, device string) error {
	return r.changeDevice(ctx, "release", device, func(ctx context.Context, tx bun.Tx) error {
		row, err := findInUse(ctx, tx, device)
		if err != nil {
			return err
		}
		row.Home, row.FixedAt = "", 0
		_, err = tx.NewUpdate().Model(&row).WherePK().Column("home", "fixed_at").Exec(ctx)
		return err
	})
}

// Description is what is to change about how a device is described; nil leaves
// it as it is.
type Description struct {
	Name, Kind, Model *string
	Zone              *Zone
}

// Describe changes how the device is described. A name that says where the
// device stands does not change its zone: that is said here, or was.
func (r *Registry) Describe(ctx context.Context, device string, to Description) error {
	return r.changeDevice(ctx, "describe", device, func(ctx context.Context, tx bun.Tx) error {
		row, err := findInUse(ctx, tx, device)
		if err != nil {
			return err
		}
		d := row.device()
		change(&d.Name, to.Name)
		change(&d.Kind, to.Kind)
		change(&d.Model, to.Model)
		change(&d.Zone, to.Zone)
		if err := d.validate(); err != nil {
			return err
		}
		row = rowOf(&d)
		_, err = tx.NewUpdate().Model(&row).WherePK().Column("name", "kind", "model", "zone").Exec(ctx)
		return err
	})
}

func change[T any](old, to *T) {
	if to != nil {
		*old = *to
	}
}

// Retire takes the device out of use: nobody wears it any more, it cannot sign
// in, and what is still heard under its name is of an unknown device. Its id is
// never used again.
func (r *Registry) Retire(ctx context.Context, device string) error {
	return r.changeDevice(ctx, "retire", device, func(ctx context.Context, tx bun.Tx) error {
		row, err := findInUse(ctx, tx, device)
		if err != nil {
			return err
		}
		now := store.Millis(store.Now())
		w, ok, err := openWearing(ctx, tx, device)
		if err != nil {
			return err
		}
		if ok {
			// Put on within this millisecond, or by a clock that is a little ahead.
			end := max(now, w.FromAt+1)
			if _, err := tx.NewUpdate().Model(&w).WherePK().Set("to_at = ?", end).Exec(ctx); err != nil {
				return err
			}
		}
		if _, err := tx.NewDelete().Model((*credentialRow)(nil)).Where("device = ?", device).Exec(ctx); err != nil {
			return err
		}
		row.RetiredAt = now
		_, err = tx.NewUpdate().Model(&row).WherePK().Column("retired_at").Exec(ctx)
		return err
	})
}

// RotateCredential gives the device a new secret, shown this once. The old one
// lets nobody in any more; a connection that it opened stays.
func (r *Registry) RotateCredential(ctx context.Context, device string) (secret string, err error) {
	err = r.changeDevice(ctx, "rotate the credential of", device, func(ctx context.Context, tx bun.Tx) error {
		row, err := findInUse(ctx, tx, device)
		if err != nil {
			return err
		}
		if d := row.device(); !d.SignsIn() {
			return conflict(CodeNoLogin, device, "is heard through a gateway and does not sign in itself", nil)
		}
		secret, err = giveSecret(ctx, tx, device)
		return err
	})
	return secret, err
}

func (r *Registry) changeDevice(ctx context.Context, doing, device string, do func(ctx context.Context, tx bun.Tx) error) error {
	if err := r.change(ctx, do); err != nil {
		return fmt.Errorf("%s %w", doing, about("device", device, err))
	}
	return nil
}

func isNotFound(err error) bool { return errors.Is(err, ErrNotFound) }
