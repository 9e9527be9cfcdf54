// Package duplicates finds files that are likely of one person: before another is
// made, and among all that there are.
//
// What a resident is found by is kept as hashed keys (package likeness), written anew
// when something of it has changed: in the transaction of the change it is only noted
// that it has. A search reads those who share a key, and scores them; it never looks at
// all. Of two of whom somebody has said that they are two persons nobody is asked again.
package duplicates
