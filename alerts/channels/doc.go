// Package channels holds the ways out of Anxin to people: e-mail, Web Push,
// signed webhooks, chat services, text messages and the speaker in a home.
//
// A [Channel] tells one person one [Message], once. Who is told, when, and what
// follows when it fails is not known here: a [Failure] says whether the same
// again may help. A message may be sent again with the same Key when it is not
// known how the first sending ended; each channel passes the key on where its
// protocol has a place for it.
//
// Addresses are what people may be harmed by: they are never in an error, and a
// [Failure] repeats neither them nor the secrets in them.
package channels
