// Package backtest tries rules before anybody lives with them. It runs a set of
// rules over what residents' devices said, through the engine that judges live,
// and answers in human terms: how many alerts, how many at night, whose, which of
// them people found true or false then, beside what the rules of today gave and
// what a plain threshold would have given.
//
// A [Source] gives what was said: the timeline ([Timeline]), recordings
// (alerts/backtest/recordings) or simulated homes (alerts/backtest/simulated).
package backtest
