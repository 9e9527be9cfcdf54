//go:build !race

package service_test

// unknownDevices is how many unknown devices one hub sends under.
const unknownDevices = 1_000_000

// storedReadings is how many readings come in one array.
const storedReadings = 200_000
