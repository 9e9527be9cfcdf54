package deliveries

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// Urgency is how soon experts are to answer a question.
type Urgency string

// The urgencies.
const (
	Routine Urgency = "routine"
	Soon    Urgency = "soon"
	Urgent  Urgency = "urgent"
)

// Question is what may be said of a question to experts.
type Question struct {
	// Resident is the name of whom it is about: experts are not told it.
	Resident string
	// Language is the resident's.
	Language string
	Urgency  Urgency
	DueAt    time.Time
}

// Matter is that somebody is told something of a question.
type Matter struct {
	Question string
	Says     Says
	Who
}

// Questions knows how questions to panels of experts stand. What is said of one is found
// when it is sent, and what may not be said any more is not.
type Questions interface {
	Question(ctx context.Context, id string) (Question, error)
	// Page is where a question is shown to who signs in.
	Page(id string) string
	// Settled are those of some matters of which there is nothing to be told any more,
	// or may not be, read in db.
	Settled(ctx context.Context, db bun.IDB, matters []Matter) (map[Matter]bool, error)
}

// TellQuestions has the writer tell of questions to experts.
func (w *Writer) TellQuestions(q Questions) { w.asked = q }

// question says what waits for an expert, or that there is advice. Experts hear neither
// who it is about nor what it asks, over whatever channel.
func (w *Writer) question(ctx context.Context, d *Draft) (Letter, error) {
	if w.asked == nil {
		return Letter{}, errors.New("nothing is known of questions to experts")
	}
	q, err := w.asked.Question(ctx, d.Subject)
	if err != nil {
		return Letter{}, fmt.Errorf("find what is asked: %w", err)
	}
	language := d.Contact.Language
	if language == "" {
		language = q.Language
	}
	p, to := w.pen(language), plainly
	s := said{Urgency: q.Urgency, Late: !w.now().Before(q.DueAt)}
	if d.Says == Advised {
		to, s.Name = audienceOf(d.Relation, d.Channel.Trusted), q.Resident
	}
	s.Until = p.word("question.until", q.DueAt.In(d.Contact.zone()))
	letter := p.letter(d.Says, to, s)
	if url := w.links.url(Look, d.ID, w.now()); url != "" {
		letter.Links = []Link{{Look, p.word("open", nil), url}}
	}
	letter.Language = p.tag()
	return letter, p.err
}

func (r *row) matter() Matter { return Matter{r.Subject, r.Says, Who{r.Resident, r.Contact}} }

// settled are the matters of rows about questions of which there is nothing to be told
// any more.
func (d *Deliveries) settled(ctx context.Context, db bun.IDB, rows []row) (map[Matter]bool, error) {
	var matters []Matter
	for i := range rows {
		if rows[i].About == OfQuestion && !slices.Contains(matters, rows[i].matter()) {
			matters = append(matters, rows[i].matter())
		}
	}
	if len(matters) == 0 || d.questions == nil {
		return nil, nil
	}
	settled, err := d.questions.Settled(ctx, db, matters)
	if err != nil {
		return nil, fmt.Errorf("read which questions wait: %w", err)
	}
	return settled, nil
}
