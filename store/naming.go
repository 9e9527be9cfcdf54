package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// Column is a column of a table.
type Column struct {
	Table string `bun:"tab"`
	Name  string `bun:"col"`
	Type  string `bun:"typ"`
	// Refers is the table that it refers to, "" for none.
	Refers string `bun:"refers"`
}

// NamesResident reports whether its values are residents' ids.
func (c Column) NamesResident() bool {
	return strings.Contains(c.Name, "resident") || c.Refers == "residents" || c.Table == "residents" && c.Name == "id"
}

// Text reports whether it holds text.
func (c Column) Text() bool { return strings.EqualFold(c.Type, "text") }

// Columns are those of all tables of the database, as it says itself: so that what
// was forgotten elsewhere is found.
func (db *DB) Columns(ctx context.Context) (columns []Column, err error) {
	query := `SELECT m.name AS tab, c.name AS col, lower(c.type) AS typ,
			COALESCE((SELECT max(f."table") FROM pragma_foreign_key_list(m.name) f WHERE f."from" = c.name), '') AS refers
		FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid`
	if db.Dialect().Name() == dialect.PG {
		query = `SELECT c.table_name AS tab, c.column_name AS col, c.data_type AS typ, COALESCE((SELECT max(p.relname)
				FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
				JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (k.conkey)
				WHERE k.contype = 'f' AND t.relnamespace = current_schema()::regnamespace AND t.relname = c.table_name AND a.attname = c.column_name), '') AS refers
			FROM information_schema.columns c JOIN information_schema.tables b ON b.table_schema = c.table_schema AND b.table_name = c.table_name
			WHERE c.table_schema = current_schema() AND b.table_type = 'BASE TABLE' ORDER BY c.table_name, c.ordinal_position`
	}
	if err := db.NewRaw(query).Scan(ctx, &columns); err != nil {
		return nil, fmt.Errorf("read which tables there are: %w", err)
	}
	return columns, nil
}

// CountNaming is in how many rows a column names the resident: is the id, or a key that
// ends in it, or, where it holds JSON, has the id in it as a text of its own.
func (db *DB) CountNaming(ctx context.Context, c Column, resident string) (int64, error) {
	q := db.NewSelect().Table(c.Table)
	if c.NamesResident() {
		q.Where("? = ?", bun.Ident(c.Name), resident)
	}
	if c.Text() {
		q.WhereOr("? LIKE ?", bun.Ident(c.Name), "%/"+resident)
	}
	if !c.NamesResident() {
		q.WhereOr("? LIKE ?", bun.Ident(c.Name), `%"`+resident+`"%`)
	}
	n, err := q.Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("look for the resident in %s of %s: %w", c.Name, c.Table, err)
	}
	return n, nil
}
