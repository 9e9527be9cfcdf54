package api

import (
	"time"

	"github.com/anxin-care/anxin/devices"
)

// DeviceState is how a device is, by what it said last.
type DeviceState struct {
	Seen        *time.Time `json:"seen,omitempty" doc:"When it was last heard"`
	Online      *bool      `json:"online,omitempty" doc:"As its status or will said"`
	OnlineAt    *time.Time `json:"online_at,omitempty"`
	Battery     *float64   `json:"battery,omitempty" doc:"Per cent"`
	BatteryAt   *time.Time `json:"battery_at,omitempty"`
	BatteryLow  *bool      `json:"battery_low,omitempty"`
	RSSI        *float64   `json:"rssi,omitempty" doc:"dBm"`
	Firmware    string     `json:"firmware,omitempty"`
	ClockWrong  bool       `json:"clock_wrong" doc:"Its clock is off by more than two minutes"`
	ClockBehind *float64   `json:"clock_behind,omitempty" doc:"Seconds that its clock is behind; negative when it is ahead"`
	Problem     string     `json:"problem,omitempty" doc:"What was last wrong with a message of it"`
	ProblemAt   *time.Time `json:"problem_at,omitempty"`
}

func showState(health *devices.Health, device string) *DeviceState {
	s := health.State(device)
	if s == (devices.State{Device: device}) {
		return nil
	}
	shown := &DeviceState{
		Seen: when(s.Seen), Online: said(s.Online), OnlineAt: when(s.Online.At), Battery: said(s.Battery), BatteryAt: when(s.Battery.At),
		BatteryLow: said(s.BatteryLow), RSSI: said(s.RSSI), Firmware: s.Firmware.Value,
		ClockWrong: s.ClockWrong(), Problem: s.Problem.Value, ProblemAt: when(s.Problem.At),
	}
	if s.ClockBehind.Known() {
		seconds := s.ClockBehind.Value.Seconds()
		shown.ClockBehind = &seconds
	}
	return shown
}

// said is nil for what was never said.
func said[T any](s devices.Said[T]) *T {
	if !s.Known() {
		return nil
	}
	return &s.Value
}
