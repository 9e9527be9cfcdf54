// Package likeness says how likely two files are of one person, and why. It is pure:
// it knows no database.
//
// The score is that of Fellegi and Sunter ("A theory for record linkage", Journal of
// the American Statistical Association 64, 1969): for each thing that two files say,
// the binary logarithm of how much more often it is so of one person than of two. The
// weights are data (see [Weights]); they are estimates, said where they stand, and the
// table of tests shows what they come to. What one of the files does not say counts
// nothing.
package likeness
