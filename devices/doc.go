// Package devices is the registry: which homes and devices exist, who wears
// what from when to when, with which credential each may publish, and how each
// is: last seen, battery, online.
//
// [Registry] answers the hot path from memory and changes the tables; [Health]
// follows the journal. A device is worn by one resident or fixed in a home,
// never both. Faults are [store.Fault]s with the codes in fault.go.
package devices
