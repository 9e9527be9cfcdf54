// Package vitals is the vocabulary of Anxin: which metrics exist, in what
// units and codes, within what bounds, and what a reading is. It imports
// nothing else of Anxin, so that every other room can speak it.
package vitals
