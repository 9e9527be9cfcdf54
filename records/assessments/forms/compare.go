package forms

// Turn is how something has changed for the resident.
type Turn string

// The turns.
const (
	Same    Turn = "same"
	Better  Turn = "better"
	Worse   Turn = "worse"
	Changed Turn = "changed" // in which direction the form does not say
)

// Comparison is what has changed between two results of a form.
type Comparison struct {
	// By is how much the total has grown; it counts where Scored is set.
	Scored bool
	By     int
	Turn   Turn
	// Items are all items that were answered in either, in the form's order.
	Items []ItemChange
}

// ItemChange is what has changed of one item.
type ItemChange struct {
	Item *Item
	// Before and After are nil where it was not answered.
	Before, After *Answer
	// Points are by how much its part of the total has grown.
	Points int
	Turn   Turn
}

// Compare tells what has changed from one result of the form to a later one. Both
// must be of this version.
func (f *Form) Compare(before, after Result) Comparison {
	c := Comparison{Turn: Same}
	if before.Scored && after.Scored {
		c.Scored, c.By = true, after.Total-before.Total
		c.Turn = f.turn(c.By)
	}
	for i := range f.Items {
		item := &f.Items[i]
		was, had := before.Answers[item.ID]
		is, has := after.Answers[item.ID]
		if !had && !has {
			continue
		}
		change := ItemChange{Item: item, Turn: Same}
		if had {
			change.Before = &was
		}
		if has {
			change.After = &is
		}
		if had != has || !was.Equal(is) {
			change.Turn = Changed
		}
		if had && has {
			first, counts := f.Points(item, was)
			second, _ := f.Points(item, is)
			if change.Points = second - first; counts {
				change.Turn = f.turn(change.Points)
			}
		}
		c.Items = append(c.Items, change)
	}
	return c
}

// turn is what it means that points have grown so much.
func (f *Form) turn(by int) Turn {
	switch {
	case by == 0:
		return Same
	case (by > 0) == (f.Scoring.Better == High):
		return Better
	}
	return Worse
}
