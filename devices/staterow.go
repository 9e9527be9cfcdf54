package devices

import (
	"context"

	"github.com/uptrace/bun"
)

// rowsAtOnce bounds the length of one statement, and of one transaction that others
// wait for.
const rowsAtOnce = 100

type stateRow struct {
	bun.BaseModel `bun:"table:device_states"`

	Device       string  `bun:"device,pk"`
	SeenAt       int64   `bun:"seen_at,nullzero"`
	Online       bool    `bun:"online"`
	OnlineAt     int64   `bun:"online_at,nullzero"`
	Battery      float64 `bun:"battery"`
	BatteryAt    int64   `bun:"battery_at,nullzero"`
	BatteryLow   bool    `bun:"battery_low"`
	BatteryLowAt int64   `bun:"battery_low_at,nullzero"`
	RSSI         float64 `bun:"rssi"`
	RSSIAt       int64   `bun:"rssi_at,nullzero"`
	Firmware     string  `bun:"firmware"`
	FirmwareAt   int64   `bun:"firmware_at,nullzero"`
	ClockBehind  int64   `bun:"clock_behind"`
	ClockAt      int64   `bun:"clock_at,nullzero"`
	Problem      string  `bun:"problem"`
	ProblemAt    int64   `bun:"problem_at,nullzero"`
}

type cursorRow struct {
	bun.BaseModel `bun:"table:journal_cursors"`

	Reader string `bun:"reader,pk"`
	Seq    int64  `bun:"seq"`
}

func (s *state) row(device string) stateRow {
	clock := s.clock.behind()
	return stateRow{
		Device: device, SeenAt: s.seen,
		Online: s.online.value, OnlineAt: s.online.at,
		Battery: s.battery.value, BatteryAt: s.battery.at,
		BatteryLow: s.batteryLow.value, BatteryLowAt: s.batteryLow.at,
		RSSI: s.rssi.value, RSSIAt: s.rssi.at,
		Firmware: s.firmware.value, FirmwareAt: s.firmware.at,
		ClockBehind: clock.value, ClockAt: clock.at,
		Problem: s.problem.value, ProblemAt: s.problem.at,
	}
}

func (row *stateRow) state() *state {
	s := &state{
		seen:       row.SeenAt,
		online:     fact[bool]{row.Online, row.OnlineAt},
		battery:    fact[float64]{row.Battery, row.BatteryAt},
		batteryLow: fact[bool]{row.BatteryLow, row.BatteryLowAt},
		rssi:       fact[float64]{row.RSSI, row.RSSIAt},
		firmware:   fact[string]{row.Firmware, row.FirmwareAt},
		problem:    fact[string]{row.Problem, row.ProblemAt},
	}
	s.clock.resume(fact[int64]{row.ClockBehind, row.ClockAt})
	return s
}

// writeStates puts rows in the place of the devices' old ones.
func writeStates(ctx context.Context, tx bun.Tx, rows []stateRow) error {
	_, err := tx.NewInsert().Model(&rows).
		On("CONFLICT (device) DO UPDATE").
		Set(`seen_at = excluded.seen_at, online = excluded.online, online_at = excluded.online_at,
			battery = excluded.battery, battery_at = excluded.battery_at,
			battery_low = excluded.battery_low, battery_low_at = excluded.battery_low_at,
			rssi = excluded.rssi, rssi_at = excluded.rssi_at,
			firmware = excluded.firmware, firmware_at = excluded.firmware_at,
			clock_behind = excluded.clock_behind, clock_at = excluded.clock_at,
			problem = excluded.problem, problem_at = excluded.problem_at`).
		Exec(ctx)
	return err
}
