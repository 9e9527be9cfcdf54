package panels

// Called is what the change is about, as people call it: the name of a limit, a
// condition or a metric; the target itself where it has no name.
func (c *Change) Called() Text { return nameOf(c) }
