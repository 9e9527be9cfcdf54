//go:build !race

package deliveries

// stormSize is how many alerts come at once.
const stormSize = 10_000
