package deliveries

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// Weeks knows what weeks of residents were like. What is said of one is found when it is
// sent: nobody's health waits in a queue, and what may not be shown any more is not.
type Weeks interface {
	// Words are what a contact is told, by the subject of the telling.
	Words(ctx context.Context, who Who, subject string) (*Words, error)
	// Page is where that is shown to who signs in.
	Page(who Who, subject string) string
	// Barred are those of some who may be told nothing of it any more, read in db.
	Barred(ctx context.Context, db bun.IDB, who []Who) (map[Who]bool, error)
}

// TellWeeks has the writer tell of weeks.
func (w *Writer) TellWeeks(weeks Weeks) { w.weeks = weeks }

// week says what a week was like.
func (w *Writer) week(ctx context.Context, d *Draft) (Letter, error) {
	if w.weeks == nil {
		return Letter{}, errors.New("nothing is known of weeks")
	}
	words, err := w.weeks.Words(ctx, Who{d.Resident, d.Delivery.Contact}, d.Subject)
	if err != nil {
		return Letter{}, fmt.Errorf("find what the week was like: %w", err)
	}
	language := d.Contact.Language
	if language == "" {
		language = words.Language
	}
	p := w.pen(language)
	letter := Letter{Subject: words.Subject.In(p.language), Text: words.Text.In(p.language), Language: p.tag()}
	if !d.Channel.Trusted {
		letter.Subject, letter.Text = p.word("week.plainly.subject", nil), words.Plainly.In(p.language)
	}
	if url := w.links.url(Look, d.ID, w.now()); url != "" {
		letter.Links = []Link{{Look, p.word("open", nil), url}}
	}
	return letter, p.err
}

// rested is when a contact is told what has time: not in quiet hours, nor among other
// things.
func (c *Contact) rested(at time.Time) moment {
	if c.Quiet == nil {
		return moment{at: at}
	}
	if ends := c.Quiet.QuietUntil(at); !ends.IsZero() {
		at = ends
	}
	return moment{at: at}
}

// barred are those of rows about weeks who may be told nothing of them any more.
func (d *Deliveries) barred(ctx context.Context, db bun.IDB, rows []row) (map[Who]bool, error) {
	var who []Who
	for i := range rows {
		if rows[i].About == OfWeek {
			who = append(who, Who{rows[i].Resident, rows[i].Contact})
		}
	}
	if len(who) == 0 || d.weeks == nil {
		return nil, nil
	}
	barred, err := d.weeks.Barred(ctx, db, who)
	if err != nil {
		return nil, fmt.Errorf("read who may be told of weeks: %w", err)
	}
	return barred, nil
}
