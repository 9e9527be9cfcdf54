package merging

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store"
)

// Request asks for a merge.
type Request struct {
	Survivor, Other string
	Reason          string
	By              string // a user
	// Tag is that of the preview that was looked at.
	Tag string
	// FromOther are the fields that are as the other's file says: "birth_date".
	FromOther []string
	// Care says what the rules go by: KeepCare, OtherCare or BothCare.
	Care CareChoice
	// Along are the contacts of the other's care team who come along, Behind those who
	// do not: together all of [Preview.People].
	Along, Behind []string
	// Widen are the contacts of whom it is agreed that they see more: all of
	// [Preview.Widened].
	Widen []string
}

// CareChoice is whose conditions and limits the rules go by.
type CareChoice string

// The choices. Of both, the survivor's limits and plans count where they differ.
const (
	KeepCare  CareChoice = "survivor"
	OtherCare CareChoice = "other"
	BothCare  CareChoice = "both"
)

// chosen is what a merge changed of the survivor itself, to be put back.
type chosen struct {
	FromOther []string          `json:"from_other,omitempty"`
	Before    *records.Identity `json:"before,omitempty"`
	After     *records.Identity `json:"after,omitempty"`
	// CareBefore is the version of the care before it, CareAfter the one that it made; 0
	// when it made none.
	CareBefore int              `json:"care_before,omitempty"`
	CareAfter  int              `json:"care_after,omitempty"`
	Offsets    map[string]int64 `json:"offsets,omitempty"` // by table: what was added to numbers that count on
	Home       string           `json:"home,omitempty"`    // the survivor's before
	OtherHome  string           `json:"other_home,omitempty"`
	// Weeks are the wishes to be told of weeks that have followed to the survivor.
	Weeks []records.WeekWish `json:"weeks,omitempty"`
}

// maxReason is in characters.
const maxReason = 2000

// Merge makes the other's file the survivor's. The readings are still to follow then.
func (b *Book) Merge(ctx context.Context, r Request) (Merge, error) {
	r.Reason = strings.TrimSpace(r.Reason)
	if err := checkReason(r.Other, r.Reason); err != nil {
		return Merge{}, fmt.Errorf("merge files: %w", err)
	}
	row := mergeRow{
		ID: ulid.Make().String(), Survivor: r.Survivor, Other: r.Other, Reason: r.Reason, MadeBy: r.By, MadeAt: store.Millis(store.Time(b.now().UnixMilli())), Readings: ToMove,
	}
	judged := (func(context.Context, string, string, func(context.Context, bun.Tx) error) error)(nil)
	if b.judge != nil {
		judged = b.judge.Join
	}
	err := b.transact(ctx, judged, r.Other, r.Survivor, func(ctx context.Context, tx bun.Tx) error { return b.merge(ctx, tx, r, row) })
	if err != nil {
		return Merge{}, fmt.Errorf("merge files: %w", err)
	}
	return b.One(ctx, row.ID)
}

func checkReason(id, reason string) error {
	var wrong []store.Field
	if reason == "" {
		wrong = append(wrong, store.Field{Path: "reason", Message: "is empty: say how it is known"})
	}
	if len([]rune(reason)) > maxReason {
		wrong = append(wrong, store.Field{Path: "reason", Message: fmt.Sprintf("is longer than %d characters", maxReason)})
	}
	return store.Invalid("merge", id, wrong)
}

func (b *Book) merge(ctx context.Context, tx bun.Tx, r Request, row mergeRow) error {
	of := pair{merge: row.ID, survivor: r.Survivor, other: r.Other, along: r.Along}
	p, err := b.preview(ctx, tx, of)
	if err != nil {
		return err
	}
	if err := r.agrees(&p); err != nil {
		return err
	}
	made := chosen{FromOther: r.FromOther, Offsets: map[string]int64{}, Home: p.Survivor.HomeID, OtherHome: p.Other.HomeID}
	if err := b.chooseIdentity(ctx, tx, r, &p, &made); err != nil {
		return err
	}
	if err := b.chooseCare(ctx, tx, r, &p, &made); err != nil {
		return err
	}
	for _, o := range b.owned {
		if made.Offsets[o.Table], err = most(ctx, tx, o, r.Survivor); err != nil {
			return err
		}
	}
	if made.Weeks, err = records.FollowWeeks(ctx, tx, r.Survivor, r.Other); err != nil {
		return err
	}
	text, err := json.Marshal(made)
	if err != nil {
		return err
	}
	row.Chosen = string(text)
	if b.last != nil {
		row.Seq = int64(b.last())
	}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return err
	}
	for _, o := range b.owned {
		if o.Keeps == "" {
			if err := of.move(ctx, tx, o, made.Offsets[o.Table]); err != nil {
				return err
			}
		}
	}
	if _, err := tx.ExecContext(ctx, "UPDATE residents SET merged_into = ? WHERE id = ?", r.Survivor, r.Other); err != nil {
		return err
	}
	return b.after(ctx, tx, r.Survivor, r.Other, r.By, "merge "+row.ID, r.Reason)
}

// after tells those who keep what is known of residents, and writes it down.
func (b *Book) after(ctx context.Context, tx bun.Tx, survivor, other, by, what, reason string) error {
	if err := records.TouchCare(ctx, tx); err != nil {
		return err
	}
	entries := make([]audit.Entry, 0, 2)
	for _, resident := range []string{survivor, other} {
		if err := records.KeysDue(ctx, tx, resident); err != nil {
			return err
		}
		entries = append(entries, audit.Entry{Actor: by, Action: audit.Change, Resident: resident, Scope: records.Everything.String(), What: what, Reason: reason})
	}
	return audit.AppendIn(ctx, tx, b.now(), entries...)
}

// agrees reports whether a request is about what is there, and all is decided.
func (r *Request) agrees(p *Preview) error {
	fault := func(code, detail string) error {
		return &store.Fault{Kind: store.ErrConflict, Code: code, Entity: "resident", ID: r.Other, Detail: detail}
	}
	switch {
	case r.Tag != p.Tag:
		return fault(CodeChanged, "one of the files is not any more as it was shown: look again")
	case len(p.Obstacles) > 0:
		return fault(CodeObstacle, fmt.Sprintf("%s has to be settled first", p.Obstacles[0].Code))
	}
	for _, who := range p.People {
		if slices.Contains(r.Along, who.Contact) == slices.Contains(r.Behind, who.Contact) {
			return fault(CodeUndecided, "contact "+who.Contact+": say whether they come along")
		}
	}
	if r.Care == "" && !p.OtherCare.Empty() && !p.OtherCare.Same(p.Care) {
		return fault(CodeUndecided, "say what the rules are to go by")
	}
	for _, who := range p.Widened {
		if !slices.Contains(r.Widen, who.Contact) {
			return fault(CodeWidens, fmt.Sprintf("contact %s would see more than before (%s): agree to it, or settle it first", who.Contact, who.New))
		}
	}
	var wrong []store.Field
	for _, name := range r.FromOther {
		if !slices.ContainsFunc(p.Fields, func(f Field) bool { return f.Name == name }) {
			wrong = append(wrong, store.Field{Path: "from_other", Message: fmt.Sprintf("%q is no field in which they differ", name)})
		}
	}
	switch r.Care {
	case "", KeepCare, OtherCare, BothCare:
	default:
		wrong = append(wrong, store.Field{Path: "care", Message: fmt.Sprintf("%q is not survivor, other or both", r.Care)})
	}
	return store.Invalid("merge", r.Other, wrong)
}

// chooseIdentity puts what was chosen of the other's into what is said of the survivor.
func (b *Book) chooseIdentity(ctx context.Context, tx bun.Tx, r Request, p *Preview, made *chosen) error {
	if len(r.FromOther) == 0 {
		return nil
	}
	before, after, theirs := p.Survivor.Identity(), p.Survivor.Identity(), p.Other.Identity()
	for _, f := range records.IdentityFields() {
		if slices.Contains(r.FromOther, f.Name) {
			*f.In(&after) = *f.In(&theirs)
		}
	}
	is, err := p.Survivor.As(after)
	if err != nil {
		return err
	}
	is, err = b.residents.CorrectIn(ctx, tx, is, records.Change{By: r.By, Reason: r.Reason})
	after = is.Identity()
	made.Before, made.After = &before, &after
	return err
}

// chooseCare makes what the rules go by of what was chosen.
func (b *Book) chooseCare(ctx context.Context, tx bun.Tx, r Request, p *Preview, made *chosen) error {
	if r.Care == "" || r.Care == KeepCare {
		return nil
	}
	care := p.OtherCare
	if r.Care == BothCare {
		care = both(p.Care, p.OtherCare)
	}
	before, after, err := b.care.SetCareIn(ctx, tx, r.Survivor, care, records.Change{By: r.By, Reason: r.Reason})
	made.CareBefore, made.CareAfter = before.Version, after.Version
	return err
}

// both is all that two say; where they differ, the first counts.
func both(one, two records.Care) records.Care {
	all := records.Care{Conditions: slices.Concat(one.Conditions, two.Conditions), Limits: maps.Clone(two.Limits), Scale2: one.Scale2, Planned: maps.Clone(two.Planned)}
	slices.Sort(all.Conditions)
	all.Conditions = slices.Compact(all.Conditions)
	if all.Limits == nil {
		all.Limits = map[string]float64{}
	}
	maps.Copy(all.Limits, one.Limits)
	if all.Planned == nil {
		all.Planned = one.Planned
	} else {
		maps.Copy(all.Planned, one.Planned)
	}
	if !all.Scale2.Made() {
		all.Scale2 = two.Scale2
	}
	return all
}
