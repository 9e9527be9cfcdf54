package records

import (
	"context"
	"fmt"
)

// reachMarks are what changes with who can be told, and how: one number each.
var reachMarks = []string{
	"SELECT coalesce(max(changed_at), 0) FROM contacts",
	"SELECT count(*) FROM contacts WHERE removed_at IS NULL",
	"SELECT coalesce(max(added_at), 0) FROM contact_channels",
	"SELECT count(*) FROM contact_channels WHERE removed_at IS NULL",
	"SELECT count(*) FROM care_team",
	"SELECT count(*) FROM team_members",
	"SELECT count(*) FROM team_residents",
	"SELECT count(*) FROM users WHERE role = '" + string(Administrator) + "'",
	"SELECT count(*) FROM users WHERE disabled_at IS NULL",
}

// ReachMark is another text once there may be somebody else who can be told, or over
// something else: contacts, their channels, care teams, teams, administrators, and
// who may sign in.
func (p *People) ReachMark(ctx context.Context) (string, error) {
	mark := ""
	for _, query := range reachMarks {
		var n int64
		if err := p.db.NewRaw(query).Scan(ctx, &n); err != nil {
			return "", fmt.Errorf("read whether somebody else can be told: %w", err)
		}
		mark += fmt.Sprintf("%d ", n)
	}
	return mark, nil
}
