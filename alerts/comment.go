package alerts

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// maxComment is how long a comment may be, in characters.
const maxComment = 2000

// Comment is what somebody said about an alert.
type Comment struct {
	At   time.Time
	By   string // a user
	Text string
}

type commentRow struct {
	bun.BaseModel `bun:"table:alert_comments"`

	ID    string `bun:"id,pk"`
	Alert string `bun:"alert"`
	At    int64  `bun:"at"`
	By    string `bun:"by_user"`
	Text  string `bun:"text"`
}

// Comments takes in what people say about alerts, open and resolved ones. It
// changes nothing about the alert itself, so the engine does not hear of it.
type Comments struct {
	db   *store.DB
	feed *Feed
}

// NewComments returns the comments in db, whose watchers hear of new ones.
func NewComments(db *store.DB, feed *Feed) *Comments { return &Comments{db, feed} }

// Add adds a user's comment to an alert.
func (s *Comments) Add(ctx context.Context, alert, user, text string) error {
	text = strings.TrimSpace(text)
	if wrong := wrongComment(text); wrong != "" {
		return fmt.Errorf("comment: %w", store.Invalid("alert", alert, []store.Field{{Path: "text", Message: wrong}}))
	}
	row, err := NewAlerts(s.db).row(ctx, alert)
	if err != nil {
		return fmt.Errorf("comment on alert %s: %w", alert, err)
	}
	comment := commentRow{ID: ulid.Make().String(), Alert: alert, At: store.Millis(store.Now()), By: user, Text: text}
	if _, err := s.db.NewInsert().Model(&comment).Exec(ctx); err != nil {
		return fmt.Errorf("comment on alert %s: %w", alert, err)
	}
	s.feed.Changed(row.Resident, alert)
	return nil
}

func wrongComment(text string) string {
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "is empty"
	case n > maxComment:
		return fmt.Sprintf("has %d characters: want at most %d", n, maxComment)
	case !utf8.ValidString(text), strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }):
		return "holds characters that are not text"
	}
	return ""
}

// comments are those on an alert, oldest first.
func (s *Alerts) comments(ctx context.Context, alert string) ([]Comment, error) {
	var rows []commentRow
	if err := s.db.NewSelect().Model(&rows).Where("alert = ?", alert).Order("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read the comments on alert %s: %w", alert, err)
	}
	all := make([]Comment, len(rows))
	for i, row := range rows {
		all[i] = Comment{At: store.Time(row.At), By: row.By, Text: row.Text}
	}
	return all, nil
}
