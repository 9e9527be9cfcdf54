// Package reports says what days and weeks of a resident come to: it folds hours into
// the days of the resident's own clock, finds what is usual for one person, and puts a
// week into words for the family and into figures for who cares. It decides nothing
// about who may see what, and reads nothing but readings over time.
package reports
