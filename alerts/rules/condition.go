package rules

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"

	"github.com/anxin-care/anxin/vitals"
)

// Condition is a compiled condition.
type Condition struct {
	// Text is what was compiled.
	Text string
	// Metrics are those that it is about, in the order of their first mention: a
	// reading of one of them is a reason to look at it again.
	Metrics []vitals.Metric
	// Conditions are the residents' conditions that it asks for by name.
	Conditions []string
	// Clocked says that only states, events and the time decide: it holds until
	// something changes it. One about levels holds only as long as readings say so.
	Clocked bool
	// Lives says that it is about what somebody does: movement is a reason to look
	// at it again.
	Lives bool
	// Planned says that it is about planned measurements.
	Planned bool
	// Late says that it is about what came late.
	Late bool
	// Silence says that it is about how long a device or a home has been silent.
	Silence bool

	truth  func(*Look) Truth
	bounds []Bound
}

// Look is one evaluation of a condition, or room for one after the other.
type Look struct {
	Facts
	again int64 // when time alone may change the outcome; 0 for never
	// origin is when what has lasted long enough began; 0 for nothing.
	origin int64
}

func (l *Look) recheck(at int64) {
	if at > l.Now() && (l.again == 0 || at < l.again) {
		l.again = at
	}
}

// Holds evaluates the condition. Again is when the passing of time alone may
// change the answer, in Unix milliseconds; 0 when it cannot.
func (c *Condition) Holds(f Facts) (t Truth, again int64) { return c.HoldsBy(&Look{Facts: f}) }

// HoldsBy is [Condition.Holds] of the look's facts. The look may be used again:
// where many conditions are evaluated it need not be made anew for each.
func (c *Condition) HoldsBy(l *Look) (t Truth, again int64) {
	l.again, l.origin = 0, 0
	t = c.truth(l)
	return t, l.again
}

// Origin is when that began which has lasted for as long as the condition asks:
// the last movement before a silence, the way into the bathroom. It is 0 for a
// condition that asks for no length of time, or does not hold.
func (c *Condition) Origin(f Facts) int64 {
	l := Look{Facts: f}
	if c.truth(&l) != True {
		return 0
	}
	return l.origin
}

// Error is a condition that cannot be: where and why.
type Error struct {
	Text         string
	Line, Column int // from 1
	Reason       string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%d:%d: %s in %q", e.Line, e.Column, e.Reason, e.Text)
}

// maxNodes bounds a condition: nobody reads a longer one.
const maxNodes = 500

// grammar turns off all of the language's own functions: those of rules have
// some of their names.
func grammar() *conf.Config {
	c := conf.CreateNew()
	c.MaxNodes = maxNodes
	for _, f := range builtin.Builtins {
		c.Disabled[f.Name] = true
	}
	for _, name := range []string{"all", "none", "any", "one", "filter", "map", "count", "sum", "find", "findIndex", "findLast", "findLastIndex", "groupBy", "sortBy", "reduce"} {
		c.Functions[name] = &builtin.Function{Name: name}
	}
	return c
}

// compiler compiles conditions and collects what they need.
type compiler struct {
	text    string
	windows func(Window) int
	metrics []vitals.Metric
	asked   []string // conditions of residents
	levels  bool     // whether a level or counter decides
	lives   bool     // whether movement does
	late    bool     // whether what came late does
	planned bool     // whether planned measurements do
	silence bool     // whether a device's silence does
	bounds  []Bound
	depth   int
}

// compile reads a condition. Windows gives each window its number.
func compile(text string, windows func(Window) int) (*Condition, error) {
	c := &compiler{text: text, windows: windows}
	t, err := c.parse()
	if err != nil {
		return nil, err
	}
	if t.kind != boolean {
		return nil, c.wrong(t.node, "want a condition, not %s", t.kind)
	}
	return &Condition{Text: text, Metrics: c.metrics, Conditions: c.asked, Clocked: !c.levels, Lives: c.lives, Silence: c.silence, Late: c.late, Planned: c.planned, truth: t.truth, bounds: c.bounds}, nil
}

// parse reads the text, to what it comes to.
func (c *compiler) parse() (term, error) {
	if strings.TrimSpace(c.text) == "" {
		return term{}, &Error{Text: c.text, Line: 1, Column: 1, Reason: "empty"}
	}
	tree, err := parser.ParseWithConfig(c.text, grammar())
	if err != nil {
		var at *file.Error
		if f, ok := errors.AsType[*file.Error](err); ok {
			at = f
			return term{}, &Error{Text: c.text, Line: max(1, at.Line), Column: at.Column + 1, Reason: at.Message}
		}
		return term{}, &Error{Text: c.text, Line: 1, Column: 1, Reason: err.Error()}
	}
	return c.term(tree.Node)
}

func (c *compiler) wrong(n ast.Node, format string, args ...any) error {
	e := &Error{Text: c.text, Line: 1, Column: 1, Reason: fmt.Sprintf(format, args...)}
	if n == nil {
		return e
	}
	for i, r := range []rune(c.text) {
		if i == n.Location().From {
			break
		}
		e.Column++
		if r == '\n' {
			e.Line, e.Column = e.Line+1, 1
		}
	}
	return e
}

func (c *compiler) uses(m vitals.Metric) {
	if !slices.Contains(c.metrics, m) {
		c.metrics = append(c.metrics, m)
	}
	if k := m.Info().Kind; k == vitals.Level || k == vitals.Counter {
		c.levels = true
	}
}

// kind is what a term comes to.
type kind int

const (
	number kind = iota
	duration
	boolean
	word // a state's or event's word
	text
	list
)

func (k kind) String() string {
	return [...]string{"a number", "a length of time", "a condition", "a word", "a text", "a list"}[k]
}

// term is a compiled part of a condition.
type term struct {
	node ast.Node
	kind kind
	// value is the number, the seconds of a duration, or the number of a word.
	value func(*Look) (float64, bool)
	truth func(*Look) Truth
	// grows is set for a duration that grows with the time that passes, timed for
	// whatever time alone may change.
	grows, timed bool
	// metric is whose word or number it is; fn and span say which number about its
	// past, "" for the newest value.
	metric vitals.Metric
	fn     string
	span   Span
	// newest is which metric of a group was measured last, nil where it is no group's.
	newest func(*Look) vitals.Metric
	// limit is the name of the threshold that it is.
	limit string
	// constant is the text, or the list's texts and numbers.
	constant ast.Node
}

func constant(n ast.Node, k kind, v float64) term {
	return term{node: n, kind: k, value: func(*Look) (float64, bool) { return v, true }, constant: n}
}

const maxDepth = 64

func (c *compiler) term(n ast.Node) (term, error) {
	if c.depth++; c.depth > maxDepth {
		return term{}, c.wrong(n, "nested too deeply")
	}
	defer func() { c.depth-- }()
	switch n := n.(type) {
	case *ast.IntegerNode:
		return constant(n, number, float64(n.Value)), nil
	case *ast.FloatNode:
		return constant(n, number, n.Value), nil
	case *ast.BoolNode:
		v := truth(n.Value)
		return term{node: n, kind: boolean, truth: func(*Look) Truth { return v }, constant: n}, nil
	case *ast.StringNode:
		return term{node: n, kind: text, constant: n}, nil
	case *ast.ArrayNode:
		return term{node: n, kind: list, constant: n}, nil
	case *ast.IdentifierNode:
		return c.name(n)
	case *ast.MemberNode:
		return c.member(n)
	case *ast.CallNode:
		return c.call(n)
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.ConditionalNode:
		return term{}, c.wrong(n, "a condition does not choose: write (a and b) or (not a and c)")
	}
	return term{}, c.wrong(n, "this has no place in a condition")
}

func (c *compiler) unary(n *ast.UnaryNode) (term, error) {
	of, err := c.term(n.Node)
	if err != nil {
		return term{}, err
	}
	switch n.Operator {
	case "not", "!":
		if of.kind != boolean {
			return term{}, c.wrong(n, "%s cannot be negated", of.kind)
		}
		return term{node: n, kind: boolean, timed: of.timed, truth: func(l *Look) Truth { return -of.truth(l) }}, nil
	case "-", "+":
		if of.kind != number && of.kind != duration {
			return term{}, c.wrong(n, "%s has no sign", of.kind)
		}
		if n.Operator == "+" {
			return of, nil
		}
		return term{node: n, kind: of.kind, timed: of.timed, value: func(l *Look) (float64, bool) {
			v, ok := of.value(l)
			return -v, ok
		}}, nil
	}
	return term{}, c.wrong(n, "operator %s has no place in a condition", n.Operator)
}

func (c *compiler) binary(n *ast.BinaryNode) (term, error) {
	left, err := c.term(n.Left)
	if err != nil {
		return term{}, err
	}
	right, err := c.term(n.Right)
	if err != nil {
		return term{}, err
	}
	switch n.Operator {
	case "and", "&&", "or", "||":
		return c.logic(n, left, right)
	case "in":
		return c.among(n, left, right)
	case "==", "!=", "<", "<=", ">", ">=":
		return c.compare(n, left, right)
	case "+", "-", "*", "/":
		return c.arithmetic(n, left, right)
	}
	return term{}, c.wrong(n, "operator %s has no place in a condition", n.Operator)
}

// logic is Kleene's: false and unknown is false, true or unknown is true. A side
// that time may change is looked at always, to know when.
func (c *compiler) logic(n *ast.BinaryNode, left, right term) (term, error) {
	for _, side := range []term{left, right} {
		if side.kind != boolean {
			return term{}, c.wrong(side.node, "want a condition, not %s", side.kind)
		}
	}
	t := term{node: n, kind: boolean, timed: left.timed || right.timed}
	decides, both := False, func(a, b Truth) Truth { return min(a, b) }
	if n.Operator == "or" || n.Operator == "||" {
		decides, both = True, func(a, b Truth) Truth { return max(a, b) }
	}
	first, second := left, right
	if first.timed && !second.timed {
		first, second = second, first
	}
	t.truth = func(l *Look) Truth {
		a := first.truth(l)
		if a == decides && !second.timed {
			return a
		}
		return both(a, second.truth(l))
	}
	return t, nil
}

// among compares with each of a list.
func (c *compiler) among(n *ast.BinaryNode, left, right term) (term, error) {
	if right.kind != list {
		return term{}, c.wrong(right.node, "want a list, such as [\"open\", \"closed\"], not %s", right.kind)
	}
	if right.constant == nil { // resident.conditions
		name, ok := left.constant.(*ast.StringNode)
		if !ok {
			return term{}, c.wrong(left.node, "want the name of a condition in quotes")
		}
		c.asked = append(c.asked, name.Value)
		return term{node: n, kind: boolean, truth: func(l *Look) Truth { return truth(l.HasCondition(name.Value)) }}, nil
	}
	t := term{node: n, kind: boolean, truth: func(*Look) Truth { return False }}
	for _, item := range right.constant.(*ast.ArrayNode).Nodes {
		one, err := c.term(item)
		if err != nil {
			return term{}, err
		}
		equal, err := c.compare(&ast.BinaryNode{Operator: "=="}, left, one)
		if err != nil {
			return term{}, err
		}
		before := t.truth
		t.timed = t.timed || equal.timed
		t.truth = func(l *Look) Truth { return max(before(l), equal.truth(l)) }
	}
	return t, nil
}

func (c *compiler) arithmetic(n *ast.BinaryNode, left, right term) (term, error) {
	if left.kind == text && right.kind == duration || right.kind == text && left.kind == duration || left.kind == text && n.Operator == "*" || right.kind == text && n.Operator == "*" {
		var err error
		if left, right, err = c.spans(left, right); err != nil {
			return term{}, err
		}
	}
	t := term{node: n, timed: left.timed || right.timed}
	switch {
	case left.kind == number && right.kind == number:
		t.kind = number
	case left.kind == duration && right.kind == duration && (n.Operator == "+" || n.Operator == "-"):
		t.kind = duration
		t.grows = left.grows && n.Operator == "+"
	case left.kind == duration && right.kind == duration && n.Operator == "/":
		t.kind = number
	case left.kind == duration && right.kind == number && (n.Operator == "*" || n.Operator == "/"),
		left.kind == number && right.kind == duration && n.Operator == "*":
		t.kind = duration
	default:
		return term{}, c.wrong(n, "%s %s %s means nothing", left.kind, n.Operator, right.kind)
	}
	t.value = func(l *Look) (float64, bool) {
		a, known := left.value(l)
		b, knownToo := right.value(l)
		if !known || !knownToo {
			return 0, false
		}
		switch n.Operator {
		case "+":
			a = decimal(a + b)
		case "-":
			a = decimal(a - b)
		case "*":
			a *= b
		default:
			a /= b
		}
		return a, !math.IsNaN(a) && !math.IsInf(a, 0)
	}
	return t, nil
}

// decimal takes away what a sum of binary fractions has too much or too little:
// 3.9 + 0.5 is to be 4.4. Nothing is measured as finely as 1e-9 of its unit.
func decimal(sum float64) float64 { return math.Round(sum*1e9) / 1e9 }

// spans makes durations of the texts among two terms.
func (c *compiler) spans(left, right term) (term, term, error) {
	var err error
	for _, t := range []*term{&left, &right} {
		if t.kind == text {
			if *t, err = c.read(*t, term{kind: duration}); err != nil {
				break
			}
		}
	}
	return left, right, err
}
