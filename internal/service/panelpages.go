package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/web"
)

// panelPages shows the pages what experts were asked and what they advise, and lets
// people act on it. It asks the same checks as the API.
type panelPages struct{ s *Service }

// evidenceScope is all that evidence is made of.
const evidenceScope = records.File | records.Vitals | records.Alerts

// sees lets a user in who may see a kind of the resident's data.
func (p panelPages) sees(ctx context.Context, user web.User, scope records.Scope, resident string) (records.User, error) {
	who, err := p.s.asker(ctx, user)
	if err == nil {
		err = panelFault(p.s.access.MaySee(ctx, who, scope, resident))
	}
	return who, err
}

// keeps lets a user in who may change the file of the resident a question is about.
func (p panelPages) keeps(ctx context.Context, user web.User, consultation string) (records.User, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return who, err
	}
	c, err := p.s.Panels.Consultation(ctx, consultation)
	if err == nil {
		err = p.s.access.MayKeep(ctx, who, c.Resident)
	}
	return who, panelFault(err)
}

// decides lets a user in who may decide on a change that is advised: of what the rules go
// by the staff alone.
func (p panelPages) decides(ctx context.Context, user web.User, consultation string, n int) (records.User, error) {
	who, err := p.keeps(ctx, user, consultation)
	if err != nil {
		return who, err
	}
	proposed, err := p.s.Panels.Proposal(ctx, who.ID, consultation, n)
	if err == nil && p.forStaff(ctx, who, proposed) {
		err = store.NotFound("proposal", fmt.Sprint(n))
	}
	return who, panelFault(err)
}

// forStaff reports whether a change is not a user's to decide on, but the staff's: it may
// loosen limits.
func (p panelPages) forStaff(ctx context.Context, who records.User, proposed panels.Proposal) bool {
	return proposed.Change.Kind.OfRules() && p.s.access.MayArrange(ctx, who) != nil
}

// Asked implements [web.Panels].
func (p panelPages) Asked(ctx context.Context, user web.User, resident string) (web.Questions, error) {
	who, err := p.sees(ctx, user, records.File, resident)
	if err != nil {
		return web.Questions{}, err
	}
	all, err := p.s.Panels.List(ctx, panels.Query{Resident: resident})
	if err != nil {
		return web.Questions{}, panelFault(err)
	}
	names := &knownNames{faces: faces{p.s}}
	shown := web.Questions{Keeps: p.s.access.Keeps(ctx, who, resident)}
	for _, c := range all {
		one, err := p.question(ctx, c, names)
		if err != nil {
			return shown, err
		}
		one.Keeps = shown.Keeps
		one.Advice, err = p.advice(ctx, who, &c, names, one.Names)
		if one.Altered = errors.Is(err, web.RefusedAltered); err != nil && !one.Altered {
			return shown, err
		}
		shown.List = append(shown.List, one)
	}
	return shown, nil
}

// question shows who asked and who was.
func (p panelPages) question(ctx context.Context, c panels.Consultation, names *knownNames) (web.Consultation, error) {
	shown := web.Consultation{Consultation: c, Names: map[string]string{}}
	panel, err := p.s.Panels.Panel(ctx, c.Panel)
	if err != nil {
		return shown, panelFault(err)
	}
	shown.PanelName = panel.Name
	for _, seat := range c.Seats {
		if shown.Names[seat.User], err = names.of(ctx, seat.User); err != nil {
			return shown, err
		}
	}
	for _, m := range panel.Members {
		if shown.Names[m.User], err = names.of(ctx, m.User); err != nil {
			return shown, err
		}
	}
	if c.Rule != "" {
		shown.RuleName = p.ruleName(c.Rule)
	}
	shown.AskedBy, err = names.of(ctx, c.OpenedBy)
	return shown, err
}

func (p panelPages) ruleName(id string) web.Text {
	for _, program := range p.s.rules.Current().Set.Programs() {
		if program.ID == id {
			return web.Text(program.Name)
		}
	}
	return web.Text{EN: id, ZH: id}
}

// advice is what was advised on a question; nil where nothing was. Who decided is added
// to the names that are shown.
func (p panelPages) advice(ctx context.Context, who records.User, c *panels.Consultation, names *knownNames, shownNames map[string]string) (*web.PanelAdvice, error) {
	if c.Status != panels.Advised {
		return nil, nil
	}
	a, err := p.s.Panels.AdviceOf(ctx, who.ID, c.ID)
	if err != nil {
		return nil, panelFault(err)
	}
	shown := &web.PanelAdvice{Advice: a}
	changes := make([]panels.Change, len(a.Proposals))
	for i := range a.Proposals {
		changes[i] = a.Proposals[i].Change
	}
	_, usuals, err := p.bases(ctx, who.ID, c.ID, changes)
	if err != nil {
		return nil, err
	}
	var effects map[int]panels.Effect
	whole, err := p.s.access.Sees(ctx, who, evidenceScope, c.Resident)
	if err == nil && whole {
		effects, err = p.s.Panels.Effects(ctx, who.ID, c.ID)
	}
	if err != nil {
		return nil, panelFault(err)
	}
	for i, proposal := range a.Proposals {
		one := web.AdvisedChange{Proposal: proposal, Words: proposal.Change.Words(proposal.Before, usuals[i])}
		if proposal.State == panels.Proposed && a.SupersededBy == "" {
			if one.Stand, err = p.s.Panels.Standing(ctx, proposal); err != nil {
				return nil, panelFault(err)
			}
			one.ForStaff = p.forStaff(ctx, who, proposal)
		}
		if e, ok := effects[proposal.N]; ok {
			one.After = &e
		}
		if shownNames[proposal.DecidedBy], err = names.of(ctx, proposal.DecidedBy); err != nil {
			return nil, err
		}
		shown.Changes = append(shown.Changes, one)
	}
	for _, id := range []string{a.SignedBy, a.ReviewedBy} {
		if shownNames[id], err = names.of(ctx, id); err != nil {
			return nil, err
		}
	}
	return shown, nil
}

// bases are how what changes are about was when the evidence was frozen.
func (p panelPages) bases(ctx context.Context, user, consultation string, changes []panels.Change) (befores, usuals []string, err error) {
	if len(changes) == 0 {
		return nil, nil, nil
	}
	points := make([]panels.Point, len(changes))
	for i := range changes {
		points[i].Change = &changes[i]
	}
	befores, usuals, err = p.s.Panels.Bases(ctx, user, consultation, points)
	return befores, usuals, panelFault(err)
}

// Consultation implements [web.Panels].
func (p panelPages) Consultation(ctx context.Context, user web.User, id string) (web.Consultation, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return web.Consultation{}, err
	}
	asked, err := p.s.Panels.Asked(ctx, who, id)
	if err != nil {
		return web.Consultation{}, panelFault(err)
	}
	whole, err := p.s.Panels.Consultation(ctx, id)
	if err != nil {
		return web.Consultation{}, panelFault(err)
	}
	sees, err := p.s.access.Sees(ctx, who, records.File, whole.Resident)
	if err != nil {
		return web.Consultation{}, err
	}
	if !asked || sees {
		// Whoever does not look after the resident is refused here, and written down.
		if err := p.s.access.MaySee(ctx, who, records.File, whole.Resident); err != nil {
			return web.Consultation{}, panelFault(err)
		}
	}
	if asked {
		return p.ofExpert(ctx, user, who, whole, sees)
	}
	return p.ofKeeper(ctx, user, who, whole)
}

// ofExpert is a question as an expert sees it.
func (p panelPages) ofExpert(ctx context.Context, user web.User, who records.User, whole panels.Consultation, sees bool) (web.Consultation, error) {
	mine, err := p.s.Panels.Case(ctx, who, whole.ID)
	if err != nil {
		return web.Consultation{}, panelFault(err)
	}
	names := &knownNames{faces: faces{p.s}}
	c := mine.Consultation
	if sees {
		c = whole
	}
	shown, err := p.question(ctx, c, names)
	if err != nil {
		return shown, err
	}
	shown.Mine = &mine
	for i := range shown.Seats {
		if !sees {
			shown.Seats[i].Reason = ""
		}
	}
	if sees {
		if shown.Whom, err = (residents{p.s}).Resident(ctx, user, whole.Resident); err != nil {
			return shown, err
		}
		shown.Keeps = p.s.access.Keeps(ctx, who, whole.Resident)
		if shown.Unreached, err = p.unreached(ctx, who, whole.ID); err != nil {
			return shown, err
		}
	}
	text, err := p.s.Panels.Evidence(ctx, who, whole.ID)
	if err != nil {
		return shown, panelFault(err)
	}
	if err := p.readEvidence(ctx, &shown, text); err != nil {
		return shown, err
	}
	if shown.Opinions, err = p.s.Panels.Opinions(ctx, who, whole.ID); err != nil {
		return shown, panelFault(err)
	}
	return shown, p.beside(ctx, who.ID, &shown, mine.Whole)
}

// ofKeeper is a question as those see it who look after the resident.
func (p panelPages) ofKeeper(ctx context.Context, user web.User, who records.User, c panels.Consultation) (web.Consultation, error) {
	names := &knownNames{faces: faces{p.s}}
	shown, err := p.question(ctx, c, names)
	if err != nil {
		return shown, err
	}
	if shown.Whom, err = (residents{p.s}).Resident(ctx, user, c.Resident); err != nil {
		return shown, err
	}
	shown.Keeps = p.s.access.Keeps(ctx, who, c.Resident)
	if shown.Unreached, err = p.unreached(ctx, who, c.ID); err != nil {
		return shown, err
	}
	all, err := p.s.access.Sees(ctx, who, evidenceScope, c.Resident)
	if err != nil {
		return shown, err
	}
	if all {
		if err := p.s.access.MaySee(ctx, who, evidenceScope, c.Resident); err != nil {
			return shown, panelFault(err)
		}
		text, err := p.s.Panels.EvidenceFor(ctx, who.ID, c.ID)
		if err != nil {
			return shown, panelFault(err)
		}
		if err := p.readEvidence(ctx, &shown, text); err != nil {
			return shown, err
		}
	}
	if shown.Opinions, err = p.s.Panels.OpinionsFor(ctx, who.ID, c.ID); err != nil {
		return shown, panelFault(err)
	}
	if err := p.beside(ctx, who.ID, &shown, true); err != nil {
		return shown, err
	}
	shown.Advice, err = p.advice(ctx, who, &c, names, shown.Names)
	return shown, err
}

// unreached are the experts who could not be told that a question waits for them, and
// where who looks after the resident may put that right.
func (p panelPages) unreached(ctx context.Context, who records.User, id string) (map[string]web.WayOut, error) {
	users, err := p.s.Panels.Unreached(ctx, id)
	if err != nil || len(users) == 0 {
		return nil, panelFault(err)
	}
	ways := map[string]web.WayOut{}
	for _, user := range users {
		way := web.WayOut{Staff: p.s.access.MayArrange(ctx, who) == nil}
		if way.Staff {
			c, err := p.s.People.ContactOf(ctx, user)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, fmt.Errorf("read how expert %s is told: %w", user, err)
			}
			way.Contact = c.ID
		}
		ways[user] = way
	}
	return ways, nil
}

// readEvidence shows the evidence, and which of its documents are gone.
func (p panelPages) readEvidence(ctx context.Context, shown *web.Consultation, text []byte) (err error) {
	shown.Evidence = &panels.Evidence{}
	if err := json.Unmarshal(text, shown.Evidence); err != nil {
		return fmt.Errorf("read the evidence of consultation %s: %w", shown.ID, err)
	}
	shown.DocumentsGone, err = p.s.Panels.DocumentsGone(ctx, shown.ID, shown.Evidence.Documents)
	return panelFault(err)
}

// beside puts the opinions beside each other, where all of them can be seen.
func (p panelPages) beside(ctx context.Context, user string, shown *web.Consultation, whole bool) error {
	for _, o := range shown.Opinions {
		befores, usuals, err := p.bases(ctx, user, shown.ID, o.View.Changes)
		if err != nil {
			return err
		}
		var words []panels.Text
		for i, c := range o.View.Changes {
			words = append(words, c.Words(befores[i], usuals[i]))
		}
		shown.Words = append(shown.Words, words)
	}
	if !whole || len(shown.Opinions) == 0 {
		return nil
	}
	points := panels.Points(shown.Opinions)
	befores, usuals, err := p.s.Panels.Bases(ctx, user, shown.ID, points)
	if err != nil {
		return panelFault(err)
	}
	for i, one := range points {
		shown.Points = append(shown.Points, web.PanelPoint{Change: one.Change, Words: one.Words(befores[i], usuals[i]), Agreed: one.Agreed()})
	}
	return nil
}

// knownNames are the names of users as everywhere: those of their contacts where they are
// one. Each is read once.
type knownNames struct {
	faces faces
	known map[string]string
}

func (n *knownNames) of(ctx context.Context, id string) (string, error) {
	if name, ok := n.known[id]; ok || id == "" {
		return name, nil
	}
	name, err := n.faces.NameOf(ctx, id)
	if err != nil {
		return "", fmt.Errorf("read who it was: %w", err)
	}
	if n.known == nil {
		n.known = map[string]string{}
	}
	n.known[id] = name
	return name, nil
}
