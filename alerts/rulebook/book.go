package rulebook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// Origin is where a rule comes from.
type Origin string

// The origins. What is edited takes the place of what is in the folder, and that
// of what is in the pack.
const (
	Pack   Origin = "pack"   // the default rules
	Folder Origin = "folder" // the rules folder
	Edited Origin = "edited" // changed by somebody over the API
)

// Entry is a rule as it holds.
type Entry struct {
	Rule rules.Rule
	From Origin
	// Default is the rule that is edited, nil when there was none.
	Default *rules.Rule
	// ChangedAt, ChangedBy and Reason are of the newest version; zero for a rule that
	// nobody has changed.
	ChangedAt time.Time
	ChangedBy string
	Reason    string
	// Problem is why the newest version cannot be judged by; "" when it can. Rule is
	// then the default, or the version itself, off.
	Problem string
}

// Version is one version of a rule that people have changed.
type Version struct {
	Version int
	At      time.Time
	By      string // a user
	Reason  string
	// Rule is nil for one that went back to the default.
	Rule *rules.Rule
}

// Contents are the rules as they hold after a number of changes.
type Contents struct {
	// Edition is how many changes there were, of all rules together.
	Edition int64
	// Entries are all rules, those that are off too: the default ones, those of the
	// folder, and others by their ids.
	Entries []Entry
	// Set is what is judged.
	Set *rules.Set

	last map[string]int // version of each rule that was ever changed
}

// Find is the entry of a rule.
func (c *Contents) Find(id string) (Entry, bool) {
	i := slices.IndexFunc(c.Entries, func(e Entry) bool { return e.Rule.ID == id })
	if i < 0 {
		return Entry{}, false
	}
	return c.Entries[i], true
}

// Rules are all of them, those that are off too.
func (c *Contents) Rules() []rules.Rule {
	all := make([]rules.Rule, len(c.Entries))
	for i := range c.Entries {
		all[i] = c.Entries[i].Rule
	}
	return all
}

// Book reads the rules.
type Book struct {
	db       *store.DB
	standard []rules.Rule
	base     []Entry // those that nobody has changed
}

// New returns a book of default rules, those of a folder, and the changes of
// them in db, which may be nil where only [Book.Unchanged] is asked. It refuses a folder that switches off, or makes milder, what is
// critical.
func New(db *store.DB, standard, folder []rules.Rule) (*Book, error) {
	if err := errors.Join(rules.Guard(standard, folder), rules.CheckNumber(standard, folder)); err != nil {
		return nil, err
	}
	if _, err := rules.NewSet(rules.Override(standard, folder)); err != nil {
		return nil, err
	}
	b := &Book{db: db, standard: standard}
	for _, r := range rules.Override(standard, folder) {
		from := Pack
		if slices.ContainsFunc(folder, func(own rules.Rule) bool { return own.ID == r.ID }) {
			from = Folder
		}
		b.base = append(b.base, Entry{Rule: r, From: from})
	}
	return b, nil
}

// unchanged is a rule as it is when nobody has changed it.
func (b *Book) unchanged(id string) (Entry, bool) {
	i := slices.IndexFunc(b.base, func(e Entry) bool { return e.Rule.ID == id })
	if i < 0 {
		return Entry{}, false
	}
	return b.base[i], true
}

// Unchanged returns the rules as they hold where nobody has changed any.
func (b *Book) Unchanged() (*Contents, error) {
	c := &Contents{Entries: slices.Clone(b.base), last: map[string]int{}}
	var err error
	c.Set, err = c.compile()
	return c, err
}

// Read returns the rules as they hold now.
func (b *Book) Read(ctx context.Context) (*Contents, error) {
	rows, edition, err := newest(ctx, b.db)
	if err != nil {
		return nil, err
	}
	c := &Contents{Edition: edition, Entries: slices.Clone(b.base), last: map[string]int{}}
	for i := range rows {
		if err := b.apply(c, &rows[i]); err != nil {
			return nil, err
		}
	}
	if c.Set, err = c.compile(); err != nil {
		return nil, fmt.Errorf("read the rules: %w", err)
	}
	return c, nil
}

// apply makes a version of a rule the one that holds.
func (b *Book) apply(c *Contents, row *row) error {
	c.last[row.Rule] = row.Version
	v, err := row.version()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(c.Entries, func(e Entry) bool { return e.Rule.ID == row.Rule })
	e, isDefault := b.unchanged(row.Rule)
	switch {
	case v.Rule == nil && !isDefault:
		if at >= 0 {
			c.Entries = slices.Delete(c.Entries, at, at+1)
		}
		return nil
	case v.Rule != nil:
		e = b.edited(*v.Rule, e, isDefault)
	}
	e.ChangedAt, e.ChangedBy, e.Reason = v.At, v.By, v.Reason
	e.Rule.Version = max(e.Rule.Version, v.Version)
	if at >= 0 {
		c.Entries[at] = e
		return nil
	}
	c.Entries = append(c.Entries, e)
	slices.SortFunc(c.Entries[len(b.base):], func(a, b Entry) int { return strings.Compare(a.Rule.ID, b.Rule.ID) })
	return nil
}

// edited is a rule that somebody has changed. One that cannot be judged by was
// good when it was saved, by another version of the program: the default holds
// then.
func (b *Book) edited(r rules.Rule, base Entry, isDefault bool) Entry {
	e := Entry{Rule: r, From: Edited}
	if isDefault {
		e.Default = &base.Rule
	}
	if err := b.Check(r); err != nil {
		e.Problem, e.Rule.Off = err.Error(), true
		if isDefault {
			e.Rule = base.Rule
		}
	}
	return e
}

// Check says all that is wrong with a rule that somebody would like to have: an
// error that [rules.Problems] takes apart.
func (b *Book) Check(r rules.Rule) error {
	if _, err := rules.NewSet([]rules.Rule{r}); err != nil {
		return err
	}
	return rules.Guard(b.standard, []rules.Rule{r})
}

// compile makes the rules ready. One that has a problem and no default is kept
// and not judged.
func (c *Contents) compile() (*rules.Set, error) {
	all := make([]rules.Rule, 0, len(c.Entries))
	for i := range c.Entries {
		if e := &c.Entries[i]; e.Problem == "" || e.Default != nil {
			all = append(all, e.Rule)
		}
	}
	return rules.NewSet(all)
}

// Versions are those of a rule that people have changed, newest first.
func (b *Book) Versions(ctx context.Context, id string) ([]Version, error) {
	return versions(ctx, b.db, id)
}
