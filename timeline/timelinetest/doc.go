// Package timelinetest is the suite that every timeline store passes: what
// [timeline.Store] promises, as tests, and the benchmarks.
package timelinetest
