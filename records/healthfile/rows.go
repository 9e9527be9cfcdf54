package healthfile

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

type entryRow struct {
	bun.BaseModel `bun:"table:file_entries,alias:e"`

	ID       string `bun:"id,pk"`
	Resident string `bun:"resident"`
	Kind     Kind   `bun:"kind"`
	Version  int    `bun:"version"`
	Reminder string `bun:"reminder"`
	Followed int    `bun:"followed"`
}

type versionRow struct {
	bun.BaseModel `bun:"table:file_versions,alias:v"`

	Entry       string `bun:"entry,pk"`
	Version     int    `bun:"version,pk"`
	Resident    string `bun:"resident"`
	FileVersion int    `bun:"file_version"`
	State       State  `bun:"state"`
	Body        string `bun:"body"`
	EndedOn     Day    `bun:"ended_on"`
	Reason      string `bun:"reason"`
	ChangedBy   string `bun:"changed_by"`
	ChangedAt   int64  `bun:"changed_at"`
}

// readRow is a version together with its entry.
type readRow struct {
	versionRow `bun:",extend"`
	Kind       Kind   `bun:"kind"`
	Reminder   string `bun:"reminder"`
}

func (row *readRow) entry() (Entry, error) {
	body, err := ParseBody(row.Kind, []byte(row.Body))
	if err != nil {
		return Entry{}, fmt.Errorf("read version %d of entry %q: %w", row.Version, row.Entry, err)
	}
	return Entry{
		ID: row.Entry, Resident: row.Resident, Kind: row.Kind, State: row.State, EndedOn: row.EndedOn, Body: body,
		Version: row.Version, FileVersion: row.FileVersion, ChangedAt: store.Time(row.ChangedAt), ChangedBy: row.ChangedBy, Reason: row.Reason,
		Reminder: row.Reminder,
	}, nil
}

func versionRowOf(e *Entry) (versionRow, error) {
	text, err := json.Marshal(e.Body)
	return versionRow{
		Entry: e.ID, Version: e.Version, Resident: e.Resident, FileVersion: e.FileVersion, State: e.State, Body: string(text), EndedOn: e.EndedOn,
		Reason: e.Reason, ChangedBy: e.ChangedBy, ChangedAt: store.Millis(e.ChangedAt),
	}, err
}

// columns are those of a readRow.
const columns = "v.entry, v.version, v.resident, v.file_version, v.state, v.body, v.ended_on, v.reason, v.changed_by, v.changed_at, e.kind, e.reminder"

// read reads entries: where says which, and in which order.
func read(ctx context.Context, db bun.IDB, where string, args ...any) ([]Entry, error) {
	var rows []readRow
	if err := db.NewRaw("SELECT "+columns+" FROM file_versions v JOIN file_entries e ON e.id = v.entry "+where, args...).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	list := make([]Entry, len(rows))
	for i := range rows {
		var err error
		if list[i], err = rows[i].entry(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// one reads the version of an entry that holds.
func one(ctx context.Context, db bun.IDB, resident string, k Kind, id string) (Entry, error) {
	list, err := read(ctx, db, "WHERE e.id = ? AND e.resident = ? AND e.kind = ? AND v.version = e.version", id, resident, k)
	if err != nil {
		return Entry{}, err
	}
	if len(list) == 0 {
		return Entry{}, notFound(id)
	}
	return list[0], nil
}

// fileVersion is that of a resident's file, 0 while it is empty; of a resident who
// is not there it is a fault.
func fileVersion(ctx context.Context, db bun.IDB, resident string) (version int, changedAt int64, err error) {
	var row struct {
		ID          string `bun:"id"`
		FileVersion int    `bun:"file_version"`
		ChangedAt   int64  `bun:"changed_at"`
	}
	err = db.NewRaw(`SELECT r.id, COALESCE(v.file_version, 0) AS file_version, COALESCE(v.changed_at, 0) AS changed_at FROM residents r
LEFT JOIN file_versions v ON v.resident = r.id AND v.file_version = (SELECT MAX(file_version) FROM file_versions WHERE resident = r.id)
WHERE r.id = ?`, resident).Scan(ctx, &row)
	if errors.Is(err, sql.ErrNoRows) {
		err = store.NotFound("resident", resident)
	}
	return row.FileVersion, row.ChangedAt, err
}

// keep writes the next version of an entry: e is what it is to be, and
// brings its file one on.
func keep(ctx context.Context, tx bun.Tx, e *Entry) error {
	version, _, err := fileVersion(ctx, tx, e.Resident)
	if err != nil {
		return err
	}
	e.FileVersion = version + 1
	row, err := versionRowOf(e)
	if err != nil {
		return err
	}
	if e.Version == 1 {
		_, err = tx.NewInsert().Model(&entryRow{ID: e.ID, Resident: e.Resident, Kind: e.Kind, Version: 1}).Exec(ctx)
	} else {
		_, err = tx.NewUpdate().Model((*entryRow)(nil)).Set("version = ?", e.Version).Where("id = ?", e.ID).Exec(ctx)
	}
	if err != nil {
		return err
	}
	if _, err = tx.NewInsert().Model(&row).Exec(ctx); err != nil || e.Kind != AParticulars {
		return err
	}
	return records.KeysDue(ctx, tx, e.Resident)
}

// equal reports whether two bodies say the same; both must be settled.
func equal(a, b Body) (bool, error) {
	one, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	other, err := json.Marshal(b)
	return bytes.Equal(one, other), err
}
