// Package live keeps the newest reading of each metric of each resident in
// memory and tells watchers of every change: what the dashboards show. It reads
// the journal at its own pace and is warmed from the timeline at the start.
package live
