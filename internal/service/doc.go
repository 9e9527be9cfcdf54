// Package service puts the rooms together into the running program: what
// `anxin serve` and `anxin demo` start, and what the tests start.
package service
