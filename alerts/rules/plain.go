package rules

import (
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"

	"github.com/anxin-care/anxin/vitals"
)

// Plain is a comparison of a metric's value with a number: all that a system
// looks at which knows single readings and a threshold.
type Plain struct {
	Metrics []vitals.Metric
	Op      string // of the value with the bound: "<", "<=", ">", ">="
	Bound   float64
	Limit   string // the name of the threshold that is the bound; "" for a fixed one
}

// Over reports whether a reading of the value is beyond the bound.
func (p Plain) Over(n, bound float64) bool { return compares(n, p.Op, bound) }

// BoundFor is the bound for somebody; false when it is a threshold that is none.
func (p Plain) BoundFor(own map[string]float64, has func(condition string) bool) (float64, bool) {
	if p.Limit == "" {
		return p.Bound, true
	}
	return Limit(p.Limit, own, has)
}

// Plain is the first comparison of a level with a number or a threshold in the
// rule's conditions, those of its mildest level first; false when there is none,
// as in a rule about an episode. An average counts as its metric: the plain
// system does not form one.
func (p *Program) Plain() (Plain, bool) {
	for _, level := range p.Levels {
		tree, err := parser.ParseWithConfig(level.Condition.Text, grammar())
		if err != nil {
			continue // it was parsed before
		}
		if found, ok := plainIn(tree.Node); ok {
			return found, true
		}
	}
	return Plain{}, false
}

// turned is what a comparison is with its sides changed.
var turned = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}

func plainIn(n ast.Node) (Plain, bool) {
	switch n := n.(type) {
	case *ast.UnaryNode:
		if n.Operator != "not" && n.Operator != "!" {
			return Plain{}, false
		}
		return plainIn(n.Node)
	case *ast.BinaryNode:
		if turned[n.Operator] == "" {
			if found, ok := plainIn(n.Left); ok {
				return found, true
			}
			return plainIn(n.Right)
		}
		if p, ok := plainOf(n.Left, n.Right); ok {
			p.Op = n.Operator
			return p, true
		}
		if p, ok := plainOf(n.Right, n.Left); ok {
			p.Op = turned[n.Operator]
			return p, true
		}
	}
	return Plain{}, false
}

// plainOf is a value beside a bound.
func plainOf(value, bound ast.Node) (p Plain, ok bool) {
	if call, isCall := value.(*ast.CallNode); isCall {
		name, isName := call.Callee.(*ast.IdentifierNode)
		if !isName || !slices.Contains([]string{"avg", "min", "max"}, name.Value) || len(call.Arguments) == 0 {
			return p, false
		}
		value = call.Arguments[0]
	}
	id, isName := value.(*ast.IdentifierNode)
	if !isName {
		return p, false
	}
	if p.Metrics, ok = groups[id.Value]; !ok {
		m, known := vitals.ParseMetric(id.Value)
		if !known || m.Info().Kind != vitals.Level {
			return p, false
		}
		p.Metrics = []vitals.Metric{m}
	}
	switch b := bound.(type) {
	case *ast.IntegerNode:
		p.Bound = float64(b.Value)
	case *ast.FloatNode:
		p.Bound = b.Value
	case *ast.CallNode:
		name, isName := b.Callee.(*ast.IdentifierNode)
		if !isName || name.Value != "threshold" || len(b.Arguments) != 1 {
			return p, false
		}
		limit, isText := b.Arguments[0].(*ast.StringNode)
		if !isText {
			return p, false
		}
		p.Limit = limit.Value
	default:
		return p, false
	}
	return p, true
}
