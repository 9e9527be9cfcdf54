package rules

// Truth is what a condition comes to. A condition over values that are not
// known, or no longer fresh, is Unknown: it neither raises nor clears.
type Truth int8

// The truths, in Kleene's order.
const (
	False   Truth = -1
	Unknown Truth = 0
	True    Truth = 1
)

func (t Truth) String() string { return [...]string{"false", "unknown", "true"}[t+1] }

func truth(b bool) Truth {
	if b {
		return True
	}
	return False
}
