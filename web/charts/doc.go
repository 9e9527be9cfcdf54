// Package charts draws what was measured over some days as SVG, for paper: no script,
// no colour that must be told apart, and nothing drawn where nothing was measured. It
// knows no resident and no metric. What it is given it escapes.
//
// A golden file of each kind of chart is in testdata: open it in a browser.
package charts
