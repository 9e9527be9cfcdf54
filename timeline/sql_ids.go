package timeline

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
)

// dictionary holds the small numbers of residents and devices, and for which
// residents each device has readings. What a transaction adds counts for others
// only once it is committed.
type dictionary struct {
	residents, devices names
	wearers            map[wearer]struct{}
	newWearers         []wearer
	dropped            []string
}

type wearer struct{ device, resident int64 }

// names are one table's ids by name.
type names struct {
	table string
	ids   map[string]int64
	fresh []string
}

func loadDictionary(ctx context.Context, db *sql.DB) (d dictionary, err error) {
	if d.residents, err = loadNames(ctx, db, "residents"); err != nil {
		return d, err
	}
	if d.devices, err = loadNames(ctx, db, "devices"); err != nil {
		return d, err
	}
	d.wearers = map[wearer]struct{}{}
	rows, err := db.QueryContext(ctx, `SELECT device, resident FROM wearers`)
	if err != nil {
		return d, fmt.Errorf("read wearers: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var w wearer
		if err := rows.Scan(&w.device, &w.resident); err != nil {
			return d, fmt.Errorf("read wearers: %w", err)
		}
		d.wearers[w] = struct{}{}
	}
	return d, rows.Err()
}

func loadNames(ctx context.Context, db *sql.DB, table string) (names, error) {
	n := names{table: table, ids: map[string]int64{}}
	rows, err := db.QueryContext(ctx, `SELECT name, id FROM `+table)
	if err != nil {
		return n, fmt.Errorf("read %s: %w", table, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		var id int64
		if err := rows.Scan(&name, &id); err != nil {
			return n, fmt.Errorf("read %s: %w", table, err)
		}
		n.ids[name] = id
	}
	return n, rows.Err()
}

// id is the number of a name, a new one when it has none yet.
func (n *names) id(ctx context.Context, tx *sql.Tx, d dialect, name string) (int64, error) {
	if id, ok := n.ids[name]; ok {
		return id, nil
	}
	var id int64
	insert := d.bind(`INSERT INTO ` + n.table + ` (name) VALUES (?) RETURNING id`)
	if err := tx.QueryRowContext(ctx, insert, name).Scan(&id); err != nil {
		return 0, fmt.Errorf("add %q to %s: %w", name, n.table, err)
	}
	n.ids[name] = id
	n.fresh = append(n.fresh, name)
	return id, nil
}

// wear notes that the device has a reading of the resident.
func (d *dictionary) wear(ctx context.Context, tx *sql.Tx, dialect dialect, w wearer) error {
	if _, ok := d.wearers[w]; ok {
		return nil
	}
	insert := dialect.bind(`INSERT INTO wearers (device, resident) VALUES (?, ?) ON CONFLICT DO NOTHING`)
	if _, err := tx.ExecContext(ctx, insert, w.device, w.resident); err != nil {
		return fmt.Errorf("add wearer: %w", err)
	}
	d.wearers[w] = struct{}{}
	d.newWearers = append(d.newWearers, w)
	return nil
}

// drop takes out a resident who is being erased.
func (d *dictionary) drop(resident string) { d.dropped = append(d.dropped, resident) }

// keep is for after a commit.
func (d *dictionary) keep() {
	for _, resident := range d.dropped {
		id := d.residents.ids[resident]
		delete(d.residents.ids, resident)
		maps.DeleteFunc(d.wearers, func(w wearer, _ struct{}) bool { return w.resident == id })
	}
	d.settle()
}

// forget is for after a roll-back.
func (d *dictionary) forget() {
	for _, n := range []*names{&d.residents, &d.devices} {
		for _, name := range n.fresh {
			delete(n.ids, name)
		}
	}
	for _, w := range d.newWearers {
		delete(d.wearers, w)
	}
	d.settle()
}

func (d *dictionary) settle() {
	d.residents.fresh, d.devices.fresh, d.newWearers, d.dropped = nil, nil, nil, nil
}
