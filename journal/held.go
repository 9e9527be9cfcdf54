package journal

import (
	"context"
	"fmt"
)

// HeldShelf is what [ReplayHeld] needs of a log, or of another process's view of it.
type HeldShelf interface {
	Shelf(ctx context.Context, reason Reason, codec, device string, after uint64, max int) ([]Shelved, error)
	RequestReplay(ctx context.Context, ids []uint64) (int, error)
}

// ReplayHeld asks that all that is held of a device be tried again. It need not
// be all that will be: a message may be on its way to the shelf, from before the
// device was known. Those are found by whoever tries again, see
// [File.HeldSources].
func ReplayHeld(ctx context.Context, shelf HeldShelf, codec, device string) error {
	after := uint64(0)
	for {
		held, err := shelf.Shelf(ctx, Held, codec, device, after, 1000)
		if err != nil {
			return fmt.Errorf("list what is held of device %s: %w", device, err)
		}
		if len(held) == 0 {
			return nil
		}
		ids := make([]uint64, len(held))
		for i := range held {
			ids[i] = held[i].ID
		}
		if _, err := shelf.RequestReplay(ctx, ids); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}
