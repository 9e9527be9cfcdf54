// Package forms holds the forms by which residents are assessed, as data: what is
// asked in both languages, what may be answered, how answers become a total and
// a band, and where all of that comes from. What is not verified against its
// source is marked so, and a clinician is to sign all of it off before real use.
//
// It is pure: [Form.Score] turns answers into a [Result], or into [Complaints]
// that name the items, and [Form.Compare] tells what has changed between two of
// them. The forms that Anxin comes with are in the folder pack.
package forms
