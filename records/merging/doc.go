// Package merging makes two files of one person one, and two again.
//
// The one file survives, with its id. The other resident stays as a row that says
// whose file theirs went into: by their id people and programs find the survivor.
// What is the other's goes to the survivor table by table, as the packages that own
// them say ([store.Owned]), in one transaction; which rows went is kept, and those go
// back when the merge is undone, as they are then. Readings follow, outside of that
// transaction: see [Book.Readings].
//
// Nobody is let see more silently. Who of the other's care team comes along is said
// for each of them; who would see more of the two files than before is named, and
// has to be agreed to. A consent to share comes along with the contact whom it is
// about, where the survivor has agreed to nothing with them; a consent to anything
// else (a panel, research, abroad) was given for another file, and is asked for anew.
package merging
