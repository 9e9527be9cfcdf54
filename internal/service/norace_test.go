//go:build !race

package service_test

// unknownDevices is how many unknown devices one hub sends under.
const unknownDevices = 1_000_000
