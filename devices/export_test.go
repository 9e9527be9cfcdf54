package devices

// Matches is for the test of it.
var Matches = matches
