package rulebook

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

type row struct {
	bun.BaseModel `bun:"table:rule_versions,alias:v"`

	Edition int64          `bun:"edition,pk"`
	Rule    string         `bun:"rule"`
	Version int            `bun:"version"`
	Body    sql.NullString `bun:"body"`
	At      int64          `bun:"at"`
	By      string         `bun:"by_user"`
	Reason  string         `bun:"reason"`
}

func (r *row) version() (Version, error) {
	v := Version{Version: r.Version, At: store.Time(r.At), By: r.By, Reason: r.Reason}
	if !r.Body.Valid {
		return v, nil
	}
	v.Rule = &rules.Rule{}
	if err := json.Unmarshal([]byte(r.Body.String), v.Rule); err != nil {
		return v, fmt.Errorf("read version %d of rule %s: %w", r.Version, r.Rule, err)
	}
	v.Rule.Version = r.Version
	return v, nil
}

// edition is that of the newest change, 0 when there was none.
func edition(ctx context.Context, db bun.IDB) (int64, error) {
	var last sql.NullInt64
	if err := db.NewSelect().Model((*row)(nil)).ColumnExpr("max(edition)").Scan(ctx, &last); err != nil {
		return 0, fmt.Errorf("read which edition of the rules holds: %w", err)
	}
	return last.Int64, nil
}

// newest are the newest versions of all rules that were ever changed, and the
// edition that they make.
func newest(ctx context.Context, db *store.DB) (rows []row, last int64, err error) {
	err = db.View(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows = nil
		if last, err = edition(ctx, tx); err != nil {
			return err
		}
		err := tx.NewSelect().Model(&rows).
			Where("edition IN (SELECT max(edition) FROM rule_versions GROUP BY rule)").OrderExpr("rule").Scan(ctx)
		if err != nil {
			return fmt.Errorf("read the rules that people have changed: %w", err)
		}
		return nil
	})
	return rows, last, err
}

func versions(ctx context.Context, db *store.DB, id string) ([]Version, error) {
	var rows []row
	if err := db.NewSelect().Model(&rows).Where("rule = ?", id).OrderExpr("version DESC").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read the versions of rule %s: %w", id, err)
	}
	all := make([]Version, len(rows))
	for i := range rows {
		v, err := rows[i].version()
		if err != nil {
			return nil, err
		}
		all[i] = v
	}
	return all, nil
}
