// Package rights carries out what residents may ask of who keeps their data: a copy of
// all of it ([Exporter]), and that it is erased, with a proof ([Erasures]).
//
// What is whose rows the packages say that own the tables, by [store.Holdings]; that
// none was forgotten is asked of the database itself, which knows all columns that name
// a resident.
package rights
