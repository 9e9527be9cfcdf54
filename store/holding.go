package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// Holding says which rows of a table are about a resident. The package that owns
// the table declares it; by it the rows are counted, handed out and erased.
type Holding struct {
	Table string
	// Of is the condition that says which rows; each ? in it stands for the
	// resident's id. "" is "resident = ?".
	Of string
	// Key is a column that names a row, for rows whose condition does not hold any
	// more once other rows of the resident are gone: they are looked for before any
	// is. "" for none.
	Key string
	// Order is by which columns rows are read, so that each is read once.
	Order string
	// Kind is the kind of data, as the access check names it: "file".
	Kind string
	// Withheld are columns that nobody is given: secrets, and what is somebody
	// else's.
	Withheld []string
	// Handed is a condition that rows meet too which are handed out, for what is not yet
	// to be read; "" for all.
	Handed string
	// Derived rows say nothing that others do not say; they are not handed out.
	Derived bool
	// Around rows are not about the resident: they say who or what the ids in other
	// rows are. They are handed out along with them and stay.
	Around bool
	// Unnamed are columns in which [Nobody] takes the place of the resident's id when
	// all else is erased: the rows are about somebody else too, and stay. nil for rows
	// that go.
	Unnamed []string
	// Kept is why the rows stay when all else of the resident is erased; "" for rows
	// that go.
	Kept string
}

// Holdings are what a package holds of a resident, in the order in which the rows
// can go.
type Holdings struct {
	Tables []Holding
	// Also is done in the transaction that erases, before the rows go; nil for nothing.
	Also func(ctx context.Context, tx bun.Tx, resident string) error
}

// Goes reports whether the rows are erased.
func (h Holding) Goes() bool { return h.Kept == "" && !h.Around }

// where is the condition with its parameters.
func (h Holding) where(resident string) (string, []any) {
	of := h.Of
	if of == "" {
		of = "resident = ?"
	}
	args := make([]any, strings.Count(of, "?"))
	for i := range args {
		args[i] = resident
	}
	return of, args
}

// HandedOut are those of the rows that are.
func (h Holding) HandedOut() Holding {
	if h.Handed != "" {
		of, _ := h.where("")
		h.Of, h.Handed = "("+of+") AND ("+h.Handed+")", ""
	}
	return h
}

// Count is how many rows there are.
func (h Holding) Count(ctx context.Context, db bun.IDB, resident string) (int64, error) {
	of, args := h.where(resident)
	n, err := db.NewSelect().Table(h.Table).Where(of, args...).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count rows of %s: %w", h.Table, err)
	}
	return n, nil
}

// keys are the rows that the condition names now.
func (h Holding) keys(ctx context.Context, db bun.IDB, resident string) (keys []string, err error) {
	of, args := h.where(resident)
	if err := db.NewSelect().Table(h.Table).Column(h.Key).Where(of, args...).Scan(ctx, &keys); err != nil {
		return nil, fmt.Errorf("look for rows of %s: %w", h.Table, err)
	}
	return keys, nil
}

// EraseAll erases the rows of all holdings, in order.
func EraseAll(ctx context.Context, tx bun.Tx, resident string, all []Holdings) error {
	keys := map[string][]string{}
	for _, book := range all {
		for _, h := range book.Tables {
			if h.Key == "" || !h.Goes() {
				continue
			}
			var err error
			if keys[h.Table], err = h.keys(ctx, tx, resident); err != nil {
				return err
			}
		}
	}
	for _, book := range all {
		if book.Also == nil {
			continue
		}
		if err := book.Also(ctx, tx, resident); err != nil {
			return err
		}
	}
	for _, book := range all {
		for _, h := range book.Tables {
			if !h.Goes() {
				continue
			}
			of, args := h.where(resident)
			if h.Key != "" {
				if len(keys[h.Table]) == 0 {
					continue
				}
				of, args = "? IN (?)", []any{bun.Ident(h.Key), bun.In(keys[h.Table])}
			}
			if err := h.erase(ctx, tx, resident, of, args); err != nil {
				return fmt.Errorf("erase rows of %s: %w", h.Table, err)
			}
		}
	}
	return nil
}

func (h Holding) erase(ctx context.Context, tx bun.Tx, resident, of string, args []any) error {
	for _, column := range h.Unnamed {
		name := bun.Ident(column)
		if _, err := tx.NewUpdate().Table(h.Table).Set("? = ?", name, Nobody).Where("? = ?", name, resident).Exec(ctx); err != nil {
			return err
		}
	}
	if h.Unnamed != nil {
		return nil
	}
	_, err := tx.NewDelete().Table(h.Table).Where(of, args...).Exec(ctx)
	return err
}

// Overwritten runs a transaction that leaves nothing of what it erases in the pages
// of the file: SQLite overwrites them. PostgreSQL gives the room back when it
// vacuums, which it does by itself.
func (db *DB) Overwritten(ctx context.Context, do func(ctx context.Context, tx bun.Tx) error) error {
	if db.Dialect().Name() != dialect.SQLite {
		return db.Transact(ctx, do)
	}
	return db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "PRAGMA secure_delete = ON"); err != nil {
			return fmt.Errorf("have what is erased overwritten: %w", err)
		}
		err := do(ctx, tx)
		// The connection is others' afterwards, whose deletes need not be as dear.
		if _, off := tx.ExecContext(context.WithoutCancel(ctx), "PRAGMA secure_delete = OFF"); err == nil && off != nil {
			err = fmt.Errorf("stop overwriting: %w", off)
		}
		return err
	})
}

// EmptyLog moves what SQLite's write-ahead log holds into the file, so that what was
// erased is not left in it. Who reads just then makes it stay until a later time.
func (db *DB) EmptyLog(ctx context.Context) error {
	if db.Dialect().Name() != dialect.SQLite {
		return nil
	}
	if _, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return fmt.Errorf("empty the write-ahead log: %w", err)
	}
	return nil
}

// Rows reads some rows, each as the values of the columns: so many from one on, in the
// table's order.
func (h Holding) Rows(ctx context.Context, db bun.IDB, resident string, columns []Column, from, most int) (rows [][]any, err error) {
	of, args := h.where(resident)
	q := db.NewSelect().Table(h.Table).Where(of, args...).OrderExpr(h.Order).Limit(int64(most)).Offset(int64(from))
	for _, c := range columns {
		q.Column(c.Name)
	}
	found, err := q.Rows(ctx)
	if err != nil {
		return nil, fmt.Errorf("read rows of %s: %w", h.Table, err)
	}
	defer found.Close()
	for found.Next() {
		values := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := found.Scan(into...); err != nil {
			return nil, fmt.Errorf("read rows of %s: %w", h.Table, err)
		}
		rows = append(rows, values)
	}
	return rows, found.Err()
}

// Nobody stands where the id of a resident stood who was erased.
const Nobody = "erased-resident"

// TakeName puts [Nobody] in the place of a resident's id in a column of JSON, where it
// is a text of its own.
func TakeName(ctx context.Context, tx bun.Tx, table, column, resident string) error {
	id, nobody := `"`+resident+`"`, `"`+Nobody+`"`
	_, err := tx.NewUpdate().Table(table).Set("? = REPLACE(?, ?, ?)", bun.Ident(column), bun.Ident(column), id, nobody).
		Where("? LIKE ?", bun.Ident(column), "%"+id+"%").Exec(ctx)
	if err != nil {
		return fmt.Errorf("take a name out of %s of %s: %w", column, table, err)
	}
	return nil
}
