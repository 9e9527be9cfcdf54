// Package assessments keeps what residents were assessed by forms: the answers,
// the total and the band that they come to, who assessed, how and on which day,
// and when it is due again ([Book]). Nothing is edited away: a correction is a new
// version of an assessment, with who, when and why, and the one before it stays.
//
// The forms are data, in the package below, forms.
package assessments
