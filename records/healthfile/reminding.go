package healthfile

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Reminding has residents reminded of their medicines.
type Reminding interface {
	// Check finds what keeps a medicine from being reminded of.
	Check(m Medicine) []store.Field
	// Follow makes a reminder of a medicine, or changes the one that it has, and
	// returns its id.
	Follow(ctx context.Context, f Feed) (reminder string, err error)
	// End ends the reminder of a medicine that is not taken any more; one that has
	// ended is no error.
	End(ctx context.Context, resident, reminder, by string) error
}

// Feed is what a reminder is to be like.
type Feed struct {
	Resident string
	Medicine Medicine
	// Reminder is the one that the medicine has, "" for none yet; Others are those of the
	// resident's other medicines.
	Reminder string
	Others   []string
	// By is the user who changed the medicine.
	By string
}

// Feeds has medicines feed reminders from now on; it is called before the book is used.
func (b *Book) Feeds(r Reminding) { b.reminding = r }

// checkReminding finds what keeps a body from being reminded of.
func (b *Book) checkReminding(body Body) error {
	m, ok := body.(*Medicine)
	if !ok || !m.Remind || b.reminding == nil {
		return nil
	}
	wrong := b.reminding.Check(*m)
	for i := range wrong {
		wrong[i].Path = "body." + wrong[i].Path
	}
	return store.Invalid("entry", "", wrong)
}

// follow has the reminder of a medicine follow it. What fails is made good by
// [Book.FollowUp]: what the file says holds already.
func (b *Book) follow(ctx context.Context, e *Entry) {
	if e.Kind != AMedicine || b.reminding == nil {
		return
	}
	if reminder, err := b.followed(ctx, e.Resident, e.ID); err == nil {
		e.Reminder = reminder
	}
}

// followed makes the reminder of a medicine what it says, and notes that it is.
func (b *Book) followed(ctx context.Context, resident, id string) (string, error) {
	b.following.Lock() // no medicine has two reminders
	defer b.following.Unlock()
	e, err := one(ctx, b.db, resident, AMedicine, id)
	if err != nil {
		return "", err
	}
	m, reminder := e.Body.(*Medicine), e.Reminder
	switch {
	case e.State == Current && m.Remind:
		feed := Feed{Resident: resident, Medicine: *m, Reminder: reminder, By: e.ChangedBy}
		if err := b.db.NewSelect().Table("file_entries").Column("reminder").Where("resident = ?", resident).Where("reminder <> ''").Where("id <> ?", id).Scan(ctx, &feed.Others); err != nil {
			return "", err
		}
		if reminder, err = b.reminding.Follow(ctx, feed); err != nil {
			return "", err
		}
	case reminder != "":
		if err := b.reminding.End(ctx, resident, reminder, e.ChangedBy); err != nil {
			return "", err
		}
		reminder = ""
	}
	return reminder, b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*entryRow)(nil)).Set("reminder = ?", reminder).Set("followed = ?", e.Version).Where("id = ?", id).Exec(ctx)
		return err
	})
}

// FollowUp has the reminders follow of all medicines that these do not follow yet: when
// a machine stopped in between.
func (b *Book) FollowUp(ctx context.Context) error {
	if b.reminding == nil {
		return nil
	}
	var behind []entryRow
	if err := b.db.NewSelect().Model(&behind).Where("kind = ?", AMedicine).Where("version <> followed").Scan(ctx); err != nil {
		return fmt.Errorf("list medicines whose reminders are behind: %w", err)
	}
	var errs []error
	for _, row := range behind {
		if _, err := b.followed(ctx, row.Resident, row.ID); err != nil {
			errs = append(errs, fmt.Errorf("have the reminder follow medicine %q: %w", row.ID, err))
		}
	}
	return errors.Join(errs...)
}
