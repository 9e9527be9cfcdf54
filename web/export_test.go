package web

// NewWith is New with other built scripts and styles than the binary's.
var NewWith = newSite
