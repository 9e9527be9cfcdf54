// Package audit keeps who saw and changed what of a resident, and why that was
// allowed. Entries are appended and never changed; each carries a hash over
// itself and the hash before it, so that [Verify] finds what was altered, taken
// out or put in between. Whoever can write to the database can make the whole
// chain anew: the hash of its end, noted elsewhere from time to time, shows that.
//
// An entry has ids only, no names and no values.
package audit
