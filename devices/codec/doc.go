// Package codec reads the payloads that devices publish. Each format is one
// file with a [Codec]: its name, its topic filters, and how to decode it.
//
// Rules that hold for all of them: a missing, null or empty value and a
// sentinel give no reading; numbers may come as strings and booleans as words;
// units are converted at this edge; the temperature of a sensor's own chip is
// never the room's or the body's.
package codec
