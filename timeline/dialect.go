package timeline

import "strings"

// dialect is where the databases differ. All other SQL of the timeline is what
// SQLite and PostgreSQL both read: upserts by ON CONFLICT, recursive WITH, integer
// division towards zero.
type dialect struct {
	// id declares a small integer key that the database counts up.
	id string
	// exact declares text that is compared byte by byte.
	exact string
	// float declares a 64-bit floating point number.
	float string
	// clustered ends a table that is stored in the order of its primary key.
	clustered string
	// parameter writes the n-th parameter of a statement, from 1.
	parameter func(n int) string
}

// sqlite3 is the embedded database. Tables WITHOUT ROWID are their own index:
// half the space, and a range of one resident's metric stands in one place.
func sqlite3() dialect {
	return dialect{
		id:        "INTEGER PRIMARY KEY",
		exact:     "TEXT COLLATE BINARY",
		float:     "REAL",
		clustered: "WITHOUT ROWID",
		parameter: func(int) string { return "?" },
	}
}

// schema are the statements that make the tables. Residents and devices are
// stored once and stand elsewhere as small numbers; delay is received - at, which
// is small, where received is not. wearers says for which residents a device
// has readings, so that a device's reading is found without an index of its own.
func (d dialect) schema() []string {
	return []string{
		`CREATE TABLE IF NOT EXISTS residents (id ` + d.id + `, name ` + d.exact + ` NOT NULL UNIQUE)`,
		`CREATE TABLE IF NOT EXISTS devices (id ` + d.id + `, name ` + d.exact + ` NOT NULL UNIQUE)`,
		`CREATE TABLE IF NOT EXISTS wearers (
			device BIGINT NOT NULL, resident BIGINT NOT NULL,
			PRIMARY KEY (device, resident)) ` + d.clustered,
		`CREATE TABLE IF NOT EXISTS readings (
			resident BIGINT NOT NULL, metric SMALLINT NOT NULL, at BIGINT NOT NULL, device BIGINT NOT NULL,
			number ` + d.float + ` NOT NULL, marks SMALLINT NOT NULL, delay BIGINT NOT NULL,
			PRIMARY KEY (resident, metric, at, device)) ` + d.clustered,
		`CREATE TABLE IF NOT EXISTS rollups (
			resident BIGINT NOT NULL, metric SMALLINT NOT NULL, at BIGINT NOT NULL, device BIGINT NOT NULL,
			count BIGINT NOT NULL, sum ` + d.float + ` NOT NULL, min ` + d.float + ` NOT NULL, max ` + d.float + ` NOT NULL,
			first_at BIGINT NOT NULL, first ` + d.float + ` NOT NULL, last_at BIGINT NOT NULL, last ` + d.float + ` NOT NULL,
			PRIMARY KEY (resident, metric, at, device)) ` + d.clustered,
		`CREATE TABLE IF NOT EXISTS cursors (name ` + d.exact + ` NOT NULL PRIMARY KEY, seq BIGINT NOT NULL) ` + d.clustered,
	}
}

// rows writes n rows of width parameters: "(?,?),(?,?)".
func (d dialect) rows(n, width int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j := range width {
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteString(d.parameter(i*width + j + 1))
		}
		b.WriteByte(')')
	}
	return b.String()
}

// bind replaces each ? of a statement by the dialect's own parameter.
func (d dialect) bind(statement string) string {
	var b strings.Builder
	n := 0
	for _, c := range statement {
		if c == '?' {
			n++
			b.WriteString(d.parameter(n))
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}
