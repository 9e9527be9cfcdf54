package escalation

// People are those of the tests of the planner.
func People() Circle { return people() }
