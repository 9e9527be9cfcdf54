//go:build race

package deliveries

// stormSize is how many alerts come at once. The race detector makes ten thousand
// take minutes; the storm is run without it.
const stormSize = 1000
