package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/web"
)

// filePages shows the pages health files, and keeps what is said there.
type filePages struct{ s *Service }

// File implements [web.Files].
func (p filePages) File(ctx context.Context, user web.User, resident string, most int) (web.File, error) {
	who, err := p.who(ctx, user, records.File, resident)
	if err != nil {
		return web.File{}, err
	}
	papers, err := p.s.access.Sees(ctx, who, records.Documents, resident)
	if err != nil {
		return web.File{}, err
	}
	file, err := p.s.File.File(ctx, resident)
	if err != nil {
		return web.File{}, fileFault(err)
	}
	shown := web.File{Version: file.Version, ChangedAt: file.ChangedAt}
	keeps, names := p.s.access.Keeps(ctx, who, resident), userNames{s: p.s}
	for _, k := range healthfile.Kinds() {
		if k.Scope() == records.Documents && !papers {
			continue
		}
		section := fileSection(k, keeps)
		all, now := file.Of(k, true), file.Of(k, false)
		section.Ended = len(all) - len(now)
		section.More = max(0, len(now)-most)
		if section.Entries, err = names.entries(ctx, now[:len(now)-section.More]); err != nil {
			return shown, err
		}
		shown.Sections = append(shown.Sections, section)
	}
	if err := p.around(ctx, resident, &shown); err != nil {
		return shown, err
	}
	shown.Keeps = keeps
	if !keeps || p.s.access.MayArrange(ctx, who) != nil {
		return shown, nil
	}
	for _, proposed := range healthfile.Proposals(&file, shown.Conditions) {
		because, err := names.entries(ctx, []healthfile.Entry{proposed.Entry})
		if err != nil {
			return shown, err
		}
		shown.Proposals = append(shown.Proposals, web.FileProposal{Condition: proposed.Condition, Entry: because[0], Over: proposed.Over})
	}
	return shown, nil
}

// Accept implements [web.Files]. What the rules go by is the staff's to say: it may
// loosen limits.
func (p filePages) Accept(ctx context.Context, user web.User, resident, condition string) error {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return err
	}
	if err := p.s.access.MayArrangeFor(ctx, who, resident); err != nil {
		return fileFault(err)
	}
	_, err = p.s.File.Accept(ctx, p.s.Care, resident, condition, records.Change{By: who.ID})
	return fileFault(err)
}

// around adds what other books say.
func (p filePages) around(ctx context.Context, resident string, shown *web.File) error {
	r, err := p.s.Residents.Get(ctx, resident)
	if err != nil {
		return err
	}
	shown.Born, shown.Sex = r.BirthDate.String(), string(r.Sex)
	if shown.Born != "" {
		shown.Age = r.BirthDate.Age(records.DateOf(time.Now().In(r.Zone())))
	}
	care, err := p.s.Care.Care(ctx, resident)
	if err != nil {
		return err
	}
	shown.Conditions = care.Conditions
	shown.Limits = fileLimits(care.Care)
	worn, err := p.s.Registry.WornBy(ctx, resident)
	if err != nil {
		return err
	}
	for _, w := range worn {
		device, err := p.s.Registry.Get(ctx, w.Device)
		if err != nil {
			return err
		}
		line := web.Wearing{Device: w.Device, Name: deviceName(device), To: w.To}
		if w.From.After(devices.FirstReading()) {
			line.From = w.From
		}
		shown.Wearings = append(shown.Wearings, line)
	}
	return nil
}

// fileLimits are the thresholds of a resident's own, by name.
func fileLimits(care records.Care) (list []web.FileLimit) {
	for _, name := range slices.Sorted(maps.Keys(care.Limits)) {
		list = append(list, web.FileLimit{Name: name, Value: strconv.FormatFloat(care.Limits[name], 'g', -1, 64)})
	}
	return list
}

// deviceName is what people call a device.
func deviceName(d devices.Device) string {
	for _, name := range []string{d.Name, d.Kind} {
		if name != "" {
			return name
		}
	}
	return d.ID
}

// Section implements [web.Files].
func (p filePages) Section(ctx context.Context, user web.User, resident, kind string, after, most int) (web.FileSection, error) {
	k := healthfile.Kind(kind)
	if healthfile.NewBody(k) == nil {
		return web.FileSection{}, web.ErrNotFound
	}
	who, err := p.who(ctx, user, k.Scope(), resident)
	if err != nil {
		return web.FileSection{}, err
	}
	section := fileSection(k, p.s.access.Keeps(ctx, who, resident))
	if most == 0 {
		return section, nil
	}
	list, err := p.s.File.Kind(ctx, resident, k)
	if err != nil {
		return section, fileFault(err)
	}
	slices.SortStableFunc(list, func(a, b healthfile.Entry) int { return over(a) - over(b) })
	for _, e := range list {
		section.Ended += over(e)
	}
	list = list[min(after, len(list)):]
	section.More = max(0, len(list)-most)
	names := userNames{s: p.s}
	section.Entries, err = names.entries(ctx, list[:len(list)-section.More])
	return section, err
}

// over is 1 for an entry that holds no more.
func over(e healthfile.Entry) int {
	if e.State == healthfile.Current {
		return 0
	}
	return 1
}

// Versions implements [web.Files].
func (p filePages) Versions(ctx context.Context, user web.User, resident, kind, id string) ([]web.FileEntry, error) {
	k := healthfile.Kind(kind)
	if _, err := p.who(ctx, user, k.Scope(), resident); err != nil {
		return nil, err
	}
	list, err := p.s.File.History(ctx, resident, k, id)
	if err != nil {
		return nil, fileFault(err)
	}
	names := userNames{s: p.s}
	return names.entries(ctx, list)
}

// Keep implements [web.Files].
func (p filePages) Keep(ctx context.Context, user web.User, resident, kind, id string, said web.FileSaying) error {
	k := healthfile.Kind(kind)
	by, err := p.keeper(ctx, user, resident, k, said)
	if err != nil {
		return fileFault(err)
	}
	body, err := healthfile.FromValues(k, said.Values)
	if err != nil {
		return fileFault(err)
	}
	switch {
	case id != "":
		_, err = p.s.File.Change(ctx, resident, id, body, by)
	case k.Single():
		_, err = p.s.File.Put(ctx, resident, body, by)
	default:
		by.From = nil
		_, err = p.s.File.Add(ctx, resident, body, by)
	}
	return fileFault(err)
}

// End implements [web.Files].
func (p filePages) End(ctx context.Context, user web.User, resident, kind, id, on string, said web.FileSaying) error {
	by, err := p.keeper(ctx, user, resident, healthfile.Kind(kind), said)
	if err == nil {
		_, err = p.s.File.End(ctx, resident, healthfile.Kind(kind), id, healthfile.Day(on), by)
	}
	return fileFault(err)
}

// Withdraw implements [web.Files].
func (p filePages) Withdraw(ctx context.Context, user web.User, resident, kind, id string, said web.FileSaying) error {
	by, err := p.keeper(ctx, user, resident, healthfile.Kind(kind), said)
	if err == nil {
		_, err = p.s.File.Withdraw(ctx, resident, healthfile.Kind(kind), id, by)
	}
	return fileFault(err)
}

// Upload implements [web.Files].
func (p filePages) Upload(ctx context.Context, user web.User, resident string, said web.FileSaying, content io.Reader) error {
	by, err := p.keeper(ctx, user, resident, healthfile.ADocument, said)
	if err != nil {
		return fileFault(err)
	}
	body, err := healthfile.FromValues(healthfile.ADocument, said.Values)
	if err == nil {
		_, err = p.s.File.AddDocument(ctx, resident, *body.(*healthfile.Document), content, by)
	}
	return fileFault(err)
}

// SetPhoto implements [web.Files].
func (p filePages) SetPhoto(ctx context.Context, user web.User, resident string, picture io.Reader) error {
	by, err := p.keeper(ctx, user, resident, healthfile.ADocument, web.FileSaying{})
	if err == nil {
		_, err = p.s.File.SetPhoto(ctx, resident, picture, by)
	}
	return fileFault(err)
}

// RemovePhoto implements [web.Files].
func (p filePages) RemovePhoto(ctx context.Context, user web.User, resident string) error {
	by, err := p.keeper(ctx, user, resident, healthfile.ADocument, web.FileSaying{})
	if err == nil {
		_, err = p.s.File.RemovePhoto(ctx, resident, by)
	}
	return fileFault(err)
}

// Diagnoses implements [web.Files].
func (filePages) Diagnoses() []web.Diagnosis {
	var list []web.Diagnosis
	for _, d := range healthfile.Diagnoses() {
		list = append(list, web.Diagnosis{Code: d.Code, Called: web.Text{EN: d.EN, ZH: d.ZH}})
	}
	return list
}

// who is the user, who may see a kind of a resident's data: the pages do not tell
// others whether there is any.
func (p filePages) who(ctx context.Context, user web.User, scope records.Scope, resident string) (records.User, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return who, fmt.Errorf("read who asks: %w", err)
	}
	return who, fileFault(p.s.access.MaySee(ctx, who, scope, resident))
}

// keeper is who changes entries of a kind, and why: who may change one may see it.
func (p filePages) keeper(ctx context.Context, user web.User, resident string, k healthfile.Kind, said web.FileSaying) (records.Change, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return records.Change{}, fmt.Errorf("read who asks: %w", err)
	}
	err = p.s.access.MayKeep(ctx, who, resident)
	if err == nil && k.Scope() != records.File {
		err = p.s.access.MaySee(ctx, who, k.Scope(), resident)
	}
	return records.Change{By: who.ID, Reason: said.Reason, From: &said.Version}, err
}

// fileFault is an error of a file as the pages know it.
func fileFault(err error) error {
	fault, ok := errors.AsType[*store.Fault](err)
	switch {
	case !ok:
		return err
	case strings.HasPrefix(fault.Code, "paper.") && !errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("%w: %w", web.FileFault{"file": fault.Detail}, err)
	case len(fault.Fields) > 0:
		wrong := web.FileFault{}
		for _, f := range fault.Fields {
			wrong[strings.TrimPrefix(f.Path, "body.")] = f.Message
		}
		return fmt.Errorf("%w: %w", wrong, err)
	case errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrForbidden):
		return fmt.Errorf("%w: %w", web.ErrNotFound, err)
	case errors.Is(err, store.ErrConflict):
		return fmt.Errorf("%w: %w", web.ErrChanged, err)
	}
	return err
}

func fileSection(k healthfile.Kind, keeps bool) web.FileSection {
	section := web.FileSection{Kind: string(k), Single: k.Single(), Keeps: keeps}
	for _, f := range healthfile.Fields(k) {
		section.Fields = append(section.Fields, web.FileField{Name: f.Name, Type: string(f.Type), Choices: f.Choices, Needed: f.Needed, Longest: f.Longest})
	}
	return section
}

// userNames are the names of users, each read once.
type userNames struct {
	s     *Service
	known map[string]string
}

func (n *userNames) of(ctx context.Context, id string) (string, error) {
	if name, ok := n.known[id]; ok || id == "" {
		return name, nil
	}
	u, err := n.s.Users.Get(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	if n.known == nil {
		n.known = map[string]string{}
	}
	n.known[id] = u.Name
	return u.Name, nil
}

// entries are those of a file as the pages show them.
func (n *userNames) entries(ctx context.Context, list []healthfile.Entry) ([]web.FileEntry, error) {
	var shown []web.FileEntry
	for _, e := range list {
		by, err := n.of(ctx, e.ChangedBy)
		if err != nil {
			return nil, err
		}
		one := web.FileEntry{
			ID: e.ID, Kind: string(e.Kind), State: string(e.State), EndedOn: string(e.EndedOn), Values: healthfile.Values(e.Body),
			Version: e.Version, ChangedAt: e.ChangedAt, ChangedBy: by, Reason: e.Reason,
		}
		if d, ok := e.Body.(*healthfile.Document); ok {
			one.Paper, one.Size = d.Type, d.Size
		}
		if code := one.Values["code"]; len(code) > 0 {
			if called, ok := healthfile.Diagnosis(code[0]); ok {
				one.Called = web.Text{EN: called.EN, ZH: called.ZH}
			}
		}
		shown = append(shown, one)
	}
	return shown, nil
}
