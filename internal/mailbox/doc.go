// Package mailbox is where the demo's made-up people get their mail: an SMTP server
// on the loopback interface that takes every e-mail, keeps the last ones in memory,
// and a page that shows them. Nothing leaves the machine, and nothing of it is part
// of a service for real people.
package mailbox
