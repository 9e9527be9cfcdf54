// Package web is the pages for people: sign-in, the board of residents and one
// resident's page, in English and Simplified Chinese.
//
// A page is complete as the server sends it. The scripts (assets/src) then keep
// it live: they follow /api/v1/events, let the values' ages tick, and say it
// loudly when the connection is lost. A value is never shown without its age,
// and one that is older than its metric's limit looks old: stale is unknown,
// never fine. The pages pass no judgement on values.
package web
