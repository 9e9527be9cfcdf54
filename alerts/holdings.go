package alerts

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// ofAlerts is the condition of rows that belong to a resident's alerts.
const ofAlerts = "alert IN (SELECT id FROM alerts WHERE resident = ?)"

// ofEngine is the condition of rows about a resident, or what they wear: see [WornKey].
const ofEngine = "resident IN (?, '" + gearPrefix + "' || ?)"

// Holdings are what is kept of residents' alerts, and what the engine knows of
// residents. They go while the judge stands still: see [Judge.Forget].
func Holdings() store.Holdings {
	return store.Holdings{Also: unhouse, Tables: []store.Holding{
		{Table: "alert_comments", Of: ofAlerts, Order: "id", Kind: "alerts"},
		{Table: "alert_evidence", Of: ofAlerts, Order: "alert", Kind: "alerts"},
		{Table: "alert_scenes", Of: ofAlerts, Order: "alert", Kind: "alerts"},
		{Table: "alert_transitions", Of: ofAlerts, Order: "alert, n", Kind: "alerts"},
		{Table: "alerts", Order: "began_at, id", Kind: "alerts"},
		{Table: "engine_inputs", Of: ofEngine, Order: "id", Kind: "alerts", Derived: true},
		{Table: "engine_states", Of: ofEngine, Order: "resident", Kind: "alerts", Derived: true},
	}}
}

// unhouse takes the resident out of what was told of homes, and out of rules that leave
// them out. The engine is told anew who lives where, when the records say so.
func unhouse(ctx context.Context, tx bun.Tx, resident string) error {
	for table, column := range map[string]string{"engine_rules": "rules", "alerts": "rule_text"} {
		if err := store.TakeName(ctx, tx, table, column, resident); err != nil {
			return err
		}
	}
	var rows []inputRow
	if err := tx.NewSelect().Model(&rows).Where("kind = ?", equipmentKind).Where("body LIKE ?", `%"`+resident+`"%`).Scan(ctx); err != nil {
		return fmt.Errorf("read what is expected of homes: %w", err)
	}
	for _, row := range rows {
		if !row.unhouse(resident) {
			continue
		}
		if _, err := tx.NewUpdate().Model((*inputRow)(nil)).Set("body = ?", row.Body).Where("id = ?", row.ID).Exec(ctx); err != nil {
			return fmt.Errorf("write what is expected of %s: %w", row.Resident, err)
		}
	}
	return nil
}
