package healthfile

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"
)

// KnownBy are the particulars of residents, by their ids, read in a transaction: what
// a person is found by beside the name. Who has none is left out.
func KnownBy(ctx context.Context, db bun.IDB, residents []string) (map[string]Particulars, error) {
	if len(residents) == 0 {
		return nil, nil
	}
	var rows []struct {
		Resident string `bun:"resident"`
		Body     string `bun:"body"`
	}
	err := db.NewRaw(`SELECT e.resident, v.body FROM file_entries e JOIN file_versions v ON v.entry = e.id AND v.version = e.version
WHERE e.kind = 'particulars' AND v.state = 'current' AND e.resident IN (?)`, bun.In(residents)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read the particulars of residents: %w", err)
	}
	all := make(map[string]Particulars, len(rows))
	for _, row := range rows {
		var p Particulars
		if err := json.Unmarshal([]byte(row.Body), &p); err != nil {
			return nil, fmt.Errorf("read the particulars of resident %q: %w", row.Resident, err)
		}
		all[row.Resident] = p
	}
	return all, nil
}
