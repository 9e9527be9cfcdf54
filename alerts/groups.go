package alerts

import (
	"context"
	"fmt"
	"time"

	"github.com/anxin-care/anxin/internal/zones"
	"github.com/anxin-care/anxin/records"
)

// GroupsOf are the teams who answer for all residents, by resident. Whom no team looks
// after is in a group without a name.
func GroupsOf(ctx context.Context, residents *records.Residents, people *records.People) (map[string]Group, error) {
	all, err := residents.List(ctx, records.ResidentQuery{})
	if err != nil {
		return nil, fmt.Errorf("read who answers for residents: %w", err)
	}
	teams, err := people.Teams(ctx)
	if err != nil {
		return nil, fmt.Errorf("read who answers for residents: %w", err)
	}
	groups := make(map[string]Group, len(all))
	for _, r := range all {
		groups[r.ID] = Group{Zone: time.UTC}
	}
	for _, t := range teams {
		zone, err := zones.Load(t.TimeZone)
		if err != nil {
			zone = time.UTC
		}
		for _, resident := range t.Residents {
			groups[resident] = Group{ID: t.ID, Name: t.Name, Zone: zone}
		}
	}
	return groups, nil
}
