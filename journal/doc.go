// Package journal is the durable log of accepted messages, in order.
// Everything downstream reads it at its own pace, from a cursor of its own.
//
// Beside the log it keeps the shelf: messages that arrived but could not be
// accepted yet, because nobody could decode them (quarantined) or because their
// device is not known (held). A group of messages goes to the log, to the shelf
// and into the counts in one commit, so that at every moment, after any crash,
//
//	received = stored + duplicate + quarantined + held
//
// [Log] is what users need of it; [File] is the embedded one, in SQLite, which
// other processes may look at with a [Reader]; journaltest holds any other to
// the same promises.
package journal
