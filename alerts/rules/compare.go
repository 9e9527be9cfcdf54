package rules

import (
	"math"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/anxin-care/anxin/internal/spelling"
	"github.com/anxin-care/anxin/vitals"
)

func (c *compiler) compare(n *ast.BinaryNode, left, right term) (term, error) {
	var err error
	if left, right, err = c.alike(left, right); err != nil {
		return term{}, err
	}
	op := n.Operator
	if left.kind == boolean {
		if op != "==" && op != "!=" {
			return term{}, c.wrong(n, "conditions are not greater or less")
		}
		sign := truth(op == "==")
		return term{node: n, kind: boolean, timed: left.timed || right.timed, truth: func(l *Look) Truth {
			return sign * left.truth(l) * right.truth(l)
		}}, nil
	}
	if left.kind == word && op != "==" && op != "!=" {
		return term{}, c.wrong(n, "words are not greater or less")
	}
	c.bound(left, right, op)
	timed := left.timed || right.timed || left.grows != right.grows
	return term{node: n, kind: boolean, timed: timed, truth: func(l *Look) Truth {
		a, known := left.value(l)
		b, knownToo := right.value(l)
		if !known || !knownToo {
			return Unknown
		}
		holds := compares(a, op, b)
		if left.grows != right.grows {
			l.passing(a, b, left.grows)
			l.lasting(a, b, op, left.grows, holds)
		}
		return truth(holds)
	}}, nil
}

// lasting notes since when what grows has grown, when it has grown enough.
func (l *Look) lasting(a, b float64, op string, leftGrows, holds bool) {
	if !leftGrows {
		a, op = b, mirrored[op]
	}
	if !holds || op != ">" && op != ">=" || a < 0 || a > longestSpan.Seconds() {
		return
	}
	l.origin = max(l.origin, l.Now()-int64(a*1000))
}

// passing notes when the growing side will have reached the other, and be over
// it.
func (l *Look) passing(a, b float64, leftGrows bool) {
	gap := b - a
	if !leftGrows {
		gap = a - b
	}
	if gap < 0 || gap > longestSpan.Seconds() {
		return
	}
	at := l.Now() + int64(math.Ceil(gap*1000))
	if at == l.Now() {
		at++
	}
	l.recheck(at)
}

// alike makes both sides of a comparison the same kind: a text beside a word is
// a word, beside a duration a duration.
func (c *compiler) alike(left, right term) (term, term, error) {
	var err error
	if left.kind == text {
		if left, err = c.read(left, right); err != nil {
			return left, right, err
		}
	}
	if right.kind == text {
		if right, err = c.read(right, left); err != nil {
			return left, right, err
		}
	}
	// true and false are the words of most states.
	if left.kind == word && right.kind == boolean && right.constant != nil {
		right, err = c.yesNo(right, left.metric)
	} else if right.kind == word && left.kind == boolean && left.constant != nil {
		left, err = c.yesNo(left, right.metric)
	}
	if err != nil {
		return left, right, err
	}
	if left.kind != right.kind || left.kind == text || left.kind == list {
		return left, right, c.wrong(right.node, "%s and %s cannot be compared", left.kind, right.kind)
	}
	return left, right, nil
}

func (c *compiler) yesNo(t term, m vitals.Metric) (term, error) {
	v, err := m.Bool(t.constant.(*ast.BoolNode).Value)
	if err != nil {
		return term{}, c.wrong(t.node, "%s: want one of %s", m, strings.Join(m.Info().Words, ", "))
	}
	return constant(t.node, word, v.Number), nil
}

// read makes of a text what stands on the other side.
func (c *compiler) read(t, other term) (term, error) {
	s := t.constant.(*ast.StringNode).Value
	switch other.kind {
	case duration:
		span, err := ParseSpan(s)
		if err != nil {
			return term{}, c.wrong(t.node, "%v", err)
		}
		return constant(t.node, duration, float64(span.Milliseconds())/1000), nil
	case word:
		v, err := other.metric.Parse(s, "")
		if err != nil || v.Metric != other.metric {
			return term{}, c.wrong(t.node, "%s is never %q: want one of %s%s", other.metric, s, strings.Join(other.metric.Info().Words, ", "), spelling.DidYouMean(s, other.metric.Info().Words))
		}
		return constant(t.node, word, v.Number), nil
	}
	return term{}, c.wrong(t.node, "a text cannot be compared with %s", other.kind)
}
