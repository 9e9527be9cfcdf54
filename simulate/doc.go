// Package simulate plays believable homes: residents with a physiology and a
// day, and their devices, which publish over real MQTT in the formats of their
// makes. It is a client of the broker like any other and knows nothing of
// Anxin's inside but the names of metrics.
//
// How a person is at a moment is a pure function of a seed and the time, so
// that a week can be played in a minute, and the past sent afterwards.
package simulate
