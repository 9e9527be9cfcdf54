// Package rules holds what alerts are made of: rules as data, their conditions,
// and the pack of rules that Anxin comes with.
//
// A condition is written in the language of github.com/expr-lang/expr, of which
// it uses the operators, numbers, words and calls. It is compiled here, not run
// by that project's machine, for three reasons: an unknown value makes it
// neither true nor false but unknown; what it needs kept about the past is known
// beforehand, so that the memory of a resident is bounded; and it can tell when
// the passing of time alone may change it.
package rules
