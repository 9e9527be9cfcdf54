package merging

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// pair is whose rows go where.
type pair struct {
	merge, survivor, other string
	along                  []string // of the other's care team
}

// bind puts the pair into a condition.
func (p pair) bind(condition string) (string, []any) {
	var args []any
	var out strings.Builder
	for condition != "" {
		before, after, found := strings.Cut(condition, ":")
		out.WriteString(before)
		if !found {
			break
		}
		switch {
		case strings.HasPrefix(after, "survivor"):
			args, condition = append(args, p.survivor), after[len("survivor"):]
		case strings.HasPrefix(after, "other"):
			args, condition = append(args, p.other), after[len("other"):]
		case strings.HasPrefix(after, "along"):
			args, condition = append(args, bun.In(append([]string{""}, p.along...))), after[len("along"):]
		}
		out.WriteString("?")
	}
	return out.String(), args
}

// moving is the condition for the rows of a table that go, named t.
func (p pair) moving(o store.Owned) (string, []any) {
	where, args := "t."+o.Resident+" = ?", []any{p.other}
	if o.Of != "" {
		return where + " AND " + o.KeyText() + " IN (SELECT row_key FROM merge_rows WHERE merge = ? AND table_name = ?)", append(args, p.merge, o.Of)
	}
	if o.Stays != "" {
		stays, with := p.bind(o.Stays)
		where, args = where+" AND NOT ("+stays+")", append(args, with...)
	}
	return where, args
}

// move makes the other's rows of a table the survivor's, and notes which they were.
func (p pair) move(ctx context.Context, tx bun.Tx, o store.Owned, offset int64) error {
	where, args := p.moving(o)
	if _, err := tx.NewRaw("INSERT INTO merge_rows (merge, table_name, row_key) SELECT DISTINCT ?, ?, "+o.KeyText()+" FROM "+o.Table+" AS t WHERE "+where,
		append([]any{p.merge, o.Table}, args...)...).Exec(ctx); err != nil {
		return fmt.Errorf("note the rows of %s: %w", o.Table, err)
	}
	return p.give(ctx, tx, o, p.other, p.survivor, offset)
}

// back makes the rows of a table that had gone the other's again.
func (p pair) back(ctx context.Context, tx bun.Tx, o store.Owned, offset int64) error {
	return p.give(ctx, tx, o, p.survivor, p.other, -offset)
}

func (p pair) give(ctx context.Context, tx bun.Tx, o store.Owned, from, to string, offset int64) error {
	set := "SET " + o.Resident + " = ?"
	if o.After != "" {
		set += fmt.Sprintf(", %s = %s + %d", o.After, o.After, offset)
	}
	_, err := tx.NewRaw("UPDATE "+o.Table+" AS t "+set+" WHERE t."+o.Resident+" = ? AND "+o.KeyText()+
		" IN (SELECT row_key FROM merge_rows WHERE merge = ? AND table_name = ?)", to, from, p.merge, o.Table).Exec(ctx)
	if err != nil {
		return fmt.Errorf("give the rows of %s to resident %s: %w", o.Table, to, err)
	}
	return nil
}

// count counts the rows of a table that would go.
func (p pair) count(ctx context.Context, db bun.IDB, o store.Owned) (n int, err error) {
	if o.Keeps != "" || o.Of != "" {
		return 0, nil
	}
	where, args := p.moving(o)
	if err := db.NewRaw("SELECT COUNT(*) FROM "+o.Table+" AS t WHERE "+where, args...).Scan(ctx, &n); err != nil {
		return 0, fmt.Errorf("count the rows of %s: %w", o.Table, err)
	}
	return n, nil
}

// most is the highest number of a resident in a column that counts on.
func most(ctx context.Context, db bun.IDB, o store.Owned, resident string) (n int64, err error) {
	if o.After == "" {
		return 0, nil
	}
	err = db.NewRaw("SELECT COALESCE(MAX("+o.After+"), 0) FROM "+o.Table+" WHERE "+o.Resident+" = ?", resident).Scan(ctx, &n)
	return n, err
}
