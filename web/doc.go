// Package web is the pages for people: sign-in, the board of residents, one
// resident's page, the alerts and one alert's page, in English and Simplified
// Chinese.
//
// A page is complete as the server sends it, and what can be done on it works
// without scripts. The scripts (assets/src) then keep it live: they follow
// /api/v1/events, let ages tick, send forms without leaving the page, and say it
// loudly when the connection is lost. A value is never shown without its age, and
// one that is older than its metric's limit looks old: stale is unknown, never
// fine. Whether somebody is fine is judged by the open alerts and by what is
// heard of the devices (state.go), not by the values: that is for the rules.
package web
