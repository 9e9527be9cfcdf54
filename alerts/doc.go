// Package alerts keeps the alerts: it follows the journal with an engine for
// each resident, writes what the engine decides, and takes in what people do
// about it.
//
// [Judge] is the working part, [Alerts] the reading one. Rules are in
// alerts/rules, the decisions in alerts/engine, NEWS2 in alerts/news2.
package alerts
