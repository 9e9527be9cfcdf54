//go:build race

package service_test

// unknownDevices is how many unknown devices one hub sends under. The race
// detector makes the million take minutes; it is run without it.
const unknownDevices = 20_000

// storedReadings is how many readings come in one array.
const storedReadings = 20_000
