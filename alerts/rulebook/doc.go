// Package rulebook keeps the rules that people change while the service runs,
// over those of the rules folder, over the default ones. Each change is a
// version that stays.
//
// [Book] is the reading part, [Editor] the changing one.
package rulebook
