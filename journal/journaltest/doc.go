// Package journaltest holds any [journal.Log] to what the interface promises.
// What a log does on a crash or a full disk is its own to test.
package journaltest
