// Package devices is the registry: which homes and devices exist, who wears
// what from when to when, with which credential each may publish, and how each
// is: last seen, battery, online.
package devices
