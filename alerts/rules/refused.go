package rules

import (
	"errors"
	"fmt"
	"strings"
)

// Refused is a rule that cannot be, with all that is wrong with it.
type Refused struct {
	ID      string
	Reasons []error
}

// Error says it on a line for each reason.
func (r *Refused) Error() string { return fmt.Sprintf("rule %s: %v", r.ID, errors.Join(r.Reasons...)) }

// Unwrap gives the reasons.
func (r *Refused) Unwrap() []error { return r.Reasons }

// Problem is one thing that is wrong with a rule.
type Problem struct {
	Rule string `json:"rule,omitempty"`
	// Field is the part of the rule: "when", "clear", "message".
	Field string `json:"field,omitempty"`
	// Reason says it in the words of [Refused], position included.
	Reason string `json:"reason"`
	// Text is the condition, and Line and Column where in it, from 1, when it is one.
	Text   string `json:"text,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// Problems takes an error of [NewSet] or [Guard] apart; of another error it is
// one problem.
func Problems(err error) []Problem {
	if err == nil {
		return nil
	}
	if r, ok := err.(*Refused); ok {
		var all []Problem
		for _, reason := range r.Reasons {
			all = append(all, problem(r.ID, reason))
		}
		return all
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []Problem
		for _, one := range joined.Unwrap() {
			all = append(all, Problems(one)...)
		}
		return all
	}
	return []Problem{{Reason: err.Error()}}
}

func problem(rule string, reason error) Problem {
	p := Problem{Rule: rule, Reason: reason.Error()}
	// What is wrong begins with where that is: `when: …`, `tells "x": …`.
	p.Field, _, _ = strings.Cut(p.Reason, ":")
	p.Field, _, _ = strings.Cut(p.Field, " ")
	var at *Error
	if errors.As(reason, &at) {
		p.Text, p.Line, p.Column = at.Text, at.Line, at.Column
	}
	return p
}
