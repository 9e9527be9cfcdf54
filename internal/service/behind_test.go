package service

import (
	"testing"
	"time"
)

func TestBehind(t *testing.T) {
	now := time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) int64 { return now.Add(-d).UnixMilli() }
	for name, tc := range map[string]struct {
		set  func(*pace)
		want time.Duration
	}{
		"not begun":             {func(*pace) {}, 0},
		"begun, nothing judged": {func(p *pace) { p.began.Store(ago(time.Minute)) }, time.Minute},
		"all judged a moment ago, though little comes": {func(p *pace) {
			p.hear(ago(8 * time.Hour))
			p.caught.Store(ago(250 * time.Millisecond))
		}, 250 * time.Millisecond},
		"much comes, and is judged at once": {func(p *pace) {
			p.caught.Store(ago(time.Hour))
			p.hear(ago(20 * time.Millisecond))
		}, 20 * time.Millisecond},
		"catching up after a stop": {func(p *pace) {
			p.began.Store(ago(3 * time.Second))
			p.hear(ago(2 * time.Hour))
		}, 2 * time.Hour},
		"entries out of order":          {func(p *pace) { p.hear(ago(time.Second)); p.hear(ago(time.Hour)) }, time.Second},
		"received by a clock set back":  {func(p *pace) { p.hear(ago(-time.Minute)) }, 0},
		"stuck since a quarter of hour": {func(p *pace) { p.caught.Store(ago(15 * time.Minute)); p.hear(ago(16 * time.Minute)) }, 15 * time.Minute},
	} {
		var p pace
		tc.set(&p)
		if got := p.behind(now); got != tc.want {
			t.Errorf("%s: behind by %s, want %s", name, got, tc.want)
		}
	}
}
