package healthfile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// Proposal is what the rules could go by from now on, because of what a file says. It
// is somebody's decision: limits that a condition brings may keep an alert away.
type Proposal struct {
	// Condition is the rules' name for it.
	Condition string
	// Entry is the one that speaks for it.
	Entry Entry
	// Over says that it holds no more, while the rules go by it still.
	Over bool
}

// sign says by which entries a condition of the rules is known.
type sign struct {
	condition string
	speaks    func(Body) bool
}

// signs are those that the default rules ask for and a file can tell. That diabetes is
// complex, or somebody an athlete, it does not.
var signs = []sign{
	// Of atrial fibrillation the rules mean one that stays, not one that comes and goes
	// (I48.0), nor flutter (I48.3, I48.4).
	{"atrial_fibrillation", coded([]string{"I48"}, "I48.0", "I48.3", "I48.4")},
	// ATC: beta blocking agents.
	{"beta_blocker", func(b Body) bool {
		m, ok := b.(*Medicine)
		return ok && strings.HasPrefix(m.ATC, "C07")
	}},
	{"copd", coded([]string{"J44"})},
	// I11.0, I13.0 and I13.2 are hypertensive disease with heart failure.
	{"heart_failure", coded([]string{"I50", "I11.0", "I13.0", "I13.2"})},
	{"treated_hypertension", func(b Body) bool {
		c, ok := b.(*Condition)
		return ok && c.Treated && coded([]string{"I10", "I11", "I12", "I13", "I15"})(b)
	}},
}

// coded are conditions with a code that begins as one of these, and not as another.
func coded(begins []string, but ...string) func(Body) bool {
	return func(b Body) bool {
		c, ok := b.(*Condition)
		begin := func(with string) bool { return strings.HasPrefix(c.Code, with) }
		return ok && slices.ContainsFunc(begins, begin) && !slices.ContainsFunc(but, begin)
	}
}

// Proposals are what a file speaks for, beside the conditions that the rules go by.
func Proposals(f *File, conditions []string) []Proposal {
	var all []Proposal
	for _, s := range signs {
		goes := slices.Contains(conditions, s.condition)
		i := slices.IndexFunc(f.Entries, func(e Entry) bool { return e.State == Current && s.speaks(e.Body) })
		if goes && i < 0 {
			i = slices.IndexFunc(f.Entries, func(e Entry) bool { return e.State == Ended && s.speaks(e.Body) })
		} else if goes {
			continue
		}
		if i >= 0 {
			all = append(all, Proposal{Condition: s.condition, Entry: f.Entries[i], Over: goes})
		}
	}
	return all
}

// Care is what the rules go by: [records.CareBook].
type Care interface {
	Care(ctx context.Context, resident string) (records.CareVersion, error)
	SetCare(ctx context.Context, resident string, c records.Care, by records.Change) (records.CareVersion, error)
}

// CodeNoProposal: the file does not speak for it, or it was accepted.
const CodeNoProposal = "proposal.not_found"

// Accept has the rules go by what a file proposes, with the entry as the reason.
func (b *Book) Accept(ctx context.Context, care Care, resident, condition string, by records.Change) (records.CareVersion, error) {
	f, err := b.File(ctx, resident)
	if err != nil {
		return records.CareVersion{}, err
	}
	is, err := care.Care(ctx, resident)
	if err != nil {
		return records.CareVersion{}, err
	}
	all := Proposals(&f, is.Conditions)
	i := slices.IndexFunc(all, func(p Proposal) bool { return p.Condition == condition })
	if i < 0 {
		return records.CareVersion{}, &store.Fault{Kind: store.ErrNotFound, Code: CodeNoProposal, Entity: "resident", ID: resident, Detail: fmt.Sprintf("the file does not propose %q", condition)}
	}
	to := is.Care
	if all[i].Over {
		to.Conditions = slices.DeleteFunc(slices.Clone(to.Conditions), func(c string) bool { return c == condition })
	} else {
		to.Conditions = append(slices.Clone(to.Conditions), condition)
	}
	return care.SetCare(ctx, resident, to, records.Change{By: by.By, Reason: all[i].reason(by.Reason), From: &is.Version})
}

// reason is the entry, and what was said beside it.
func (p *Proposal) reason(said string) string {
	var what string
	switch body := p.Entry.Body.(type) {
	case *Condition:
		what = strings.TrimSpace(body.Code + " " + body.Name)
	case *Medicine:
		what = strings.TrimSpace(body.ATC + " " + body.Name)
	}
	reason := fmt.Sprintf("health file: %s (entry %s, version %d)", what, p.Entry.ID, p.Entry.Version)
	if said != "" {
		reason += ": " + said
	}
	if runes := []rune(reason); len(runes) > mostReason {
		reason = string(runes[:mostReason])
	}
	return reason
}
