package service

import (
	"context"
	"time"
)

// retellEvery is how often it is looked whether somebody can be told now of what
// nobody could be told.
const retellEvery = 5 * time.Second

// retell tries again to tell what nobody could be told, once contacts, channels or
// teams have changed, here or by a command, until ctx ends; and once at the start.
func (s *Service) retell(ctx context.Context) error {
	tick := time.NewTicker(retellEvery)
	defer tick.Stop()
	for known := ""; ; {
		mark, err := s.People.ReachMark(ctx)
		if err == nil && mark != known {
			var n int
			if n, err = s.escalation.Retry(ctx); err == nil {
				known = mark
			}
			if n > 0 && err == nil {
				s.log.Info("what nobody could be told is tried again", "alerts", n)
			}
		}
		if err != nil && ctx.Err() == nil {
			s.log.Warn("what nobody could be told waits", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
