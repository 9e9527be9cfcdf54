package rulebook

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Holdings are none: rules are everybody's. But one may name residents whom it leaves
// out, or for whom alone it is, and those names go. Another stands in their place: a
// rule for nobody must not become one for everybody.
func Holdings() store.Holdings {
	return store.Holdings{Also: func(ctx context.Context, tx bun.Tx, resident string) error {
		if err := store.TakeName(ctx, tx, "rule_versions", "body", resident); err != nil {
			return fmt.Errorf("take the resident out of rules: %w", err)
		}
		return nil
	}}
}
