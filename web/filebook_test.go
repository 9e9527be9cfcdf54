package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/web"
)

// fileBook keeps Zhao's file in memory as the pages' contract says. Fields are the
// real ones.
type fileBook struct {
	now func() time.Time

	mu sync.Mutex
	// entries have all their versions, the newest first.
	entries [][]web.FileEntry
	version int
	keeps   bool
	photo   string
	// accepted is set when the one proposal was.
	accepted bool
}

func newFileBook(now func() time.Time) *fileBook {
	b := &fileBook{now: now, keeps: true}
	for _, one := range []struct {
		kind   string
		called web.Text
		values map[string][]string
	}{
		{"particulars", web.Text{}, map[string][]string{"address": {"幸福路 10 号 101"}, "insurer": {"市医保局"}, "payment": {"employees", "commercial"}, "blood_group": {"O"}}},
		{"condition", web.Text{EN: "Chronic obstructive pulmonary disease", ZH: "慢性阻塞性肺疾病"}, map[string][]string{"code": {"J44.9"}, "since": {"2012"}, "severity": {"moderate"}, "treated": {"yes"}}},
		{"condition", web.Text{}, map[string][]string{"name": {"心里<不>踏实"}}},
		{"allergy", web.Text{}, map[string][]string{"substance": {"青霉素"}, "sort": {"medicine"}, "drug_group": {"penicillins"}, "reaction": {"皮疹"}}},
		{"medicine", web.Text{}, map[string][]string{"name": {"阿司匹林"}, "strength": {"100 mg"}, "dose": {"1 片"}, "food": {"after"}}},
		{"disability", web.Text{}, map[string][]string{"sort": {"hearing"}, "aid": {"助听器"}}},
		{"note", web.Text{}, map[string][]string{"text": {"敲门要响。\n备用钥匙在 102。"}}},
	} {
		b.add(one.kind, one.called, one.values, "家属说的")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	changed := b.entries[6][0]
	changed.Version, changed.State, changed.EndedOn, changed.Reason = 2, "ended", "2026-10", "钥匙收回了"
	b.entries[6] = append([]web.FileEntry{changed}, b.entries[6]...)
	return b
}

func (b *fileBook) add(kind string, called web.Text, values map[string][]string, reason string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.version++
	b.entries = append(b.entries, []web.FileEntry{{
		ID: fmt.Sprint("e-", b.version), Kind: kind, State: "current", Values: values, Called: called, Version: 1, ChangedAt: b.now().Add(-24 * time.Hour), ChangedBy: "王护士", Reason: reason,
	}})
}

func (b *fileBook) File(ctx context.Context, user web.User, resident string, most int) (web.File, error) {
	f := web.File{Keeps: b.keeps, Version: b.version, ChangedAt: b.now(), Born: "1941-03-05", Age: 85, Sex: "male", Conditions: []string{"copd"}, Limits: []web.FileLimit{{Name: "spo2.low", Value: "88"}},
		Wearings: []web.Wearing{{Device: "band-1", Name: "手环", To: b.now().Add(-48 * time.Hour)}, {Device: "band-2", Name: "手环", From: b.now().Add(-48 * time.Hour)}}}
	if resident == "r-zhao" && !b.accepted {
		f.Proposals = []web.FileProposal{{Condition: "copd", Entry: b.entries[1][0], Over: true}}
	}
	for _, k := range healthfile.Kinds() {
		section, err := b.Section(ctx, user, resident, string(k), 0, most)
		if err != nil {
			return f, err
		}
		section.Entries = slices.DeleteFunc(section.Entries, func(e web.FileEntry) bool { return e.State != "current" })
		f.Sections = append(f.Sections, section)
	}
	return f, nil
}

func (b *fileBook) Section(_ context.Context, _ web.User, resident, kind string, _, _ int) (web.FileSection, error) {
	if healthfile.NewBody(healthfile.Kind(kind)) == nil {
		return web.FileSection{}, web.ErrNotFound
	}
	section := web.FileSection{Kind: kind, Single: healthfile.Kind(kind).Single(), Keeps: b.keeps}
	for _, f := range healthfile.Fields(healthfile.Kind(kind)) {
		section.Fields = append(section.Fields, web.FileField{Name: f.Name, Type: string(f.Type), Choices: f.Choices, Needed: f.Needed, Longest: f.Longest})
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, versions := range b.entries {
		if versions[0].Kind == kind && resident == "r-zhao" && versions[0].State != "entered_in_error" {
			section.Entries = append(section.Entries, versions[0])
			if versions[0].State == "ended" {
				section.Ended++
			}
		}
	}
	return section, nil
}

func (b *fileBook) find(resident, kind, id string) (int, error) {
	i := slices.IndexFunc(b.entries, func(v []web.FileEntry) bool { return v[0].ID == id && v[0].Kind == kind && resident == "r-zhao" })
	if i < 0 {
		return 0, web.ErrNotFound
	}
	return i, nil
}

func (b *fileBook) Versions(_ context.Context, _ web.User, resident, kind, id string) ([]web.FileEntry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i, err := b.find(resident, kind, id)
	if err != nil {
		return nil, err
	}
	return slices.Clone(b.entries[i]), nil
}

func (b *fileBook) Keep(_ context.Context, _ web.User, resident, kind, id string, said web.FileSaying) error {
	body, err := healthfile.FromValues(healthfile.Kind(kind), said.Values)
	var fault *store.Fault
	if errors.As(err, &fault) {
		wrong := web.FileFault{}
		for _, f := range fault.Fields {
			wrong[strings.TrimPrefix(f.Path, "body.")] = f.Message
		}
		return wrong
	}
	if a, ok := body.(*healthfile.Allergy); ok && a.Substance == "" {
		return web.FileFault{"substance": "is empty: say what is not borne"}
	}
	values := healthfile.Values(body)
	if id == "" {
		b.add(kind, web.Text{}, values, said.Reason)
		return nil
	}
	return b.next(resident, kind, id, said, func(e *web.FileEntry) { e.Values, e.State, e.EndedOn = values, "current", "" })
}

func (b *fileBook) next(resident, kind, id string, said web.FileSaying, change func(*web.FileEntry)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	i, err := b.find(resident, kind, id)
	if err != nil {
		return err
	}
	next := b.entries[i][0]
	if said.Version != next.Version {
		return web.ErrChanged
	}
	change(&next)
	next.Version++
	next.Reason, next.ChangedAt = said.Reason, b.now()
	b.entries[i] = append([]web.FileEntry{next}, b.entries[i]...)
	return nil
}

func (b *fileBook) End(_ context.Context, _ web.User, resident, kind, id, on string, said web.FileSaying) error {
	return b.next(resident, kind, id, said, func(e *web.FileEntry) { e.State, e.EndedOn = "ended", on })
}

func (b *fileBook) Withdraw(_ context.Context, _ web.User, resident, kind, id string, said web.FileSaying) error {
	return b.next(resident, kind, id, said, func(e *web.FileEntry) { e.State = "entered_in_error" })
}

func (b *fileBook) Upload(_ context.Context, _ web.User, _ string, said web.FileSaying, content io.Reader) error {
	read, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(string(read), "%PDF-") {
		return web.FileFault{"file": "is neither a PDF nor a picture"}
	}
	b.add("document", web.Text{}, map[string][]string{"title": said.Values["title"], "sort": said.Values["sort"]}, said.Reason)
	b.mu.Lock()
	defer b.mu.Unlock()
	is := &b.entries[len(b.entries)-1][0]
	is.Paper, is.Size = "application/pdf", int64(len(read))
	return nil
}

func (b *fileBook) SetPhoto(_ context.Context, _ web.User, _ string, picture io.Reader) error {
	read, err := io.ReadAll(picture)
	if err == nil && !strings.HasPrefix(string(read), "\x89PNG") {
		return web.FileFault{"file": "is no picture"}
	}
	b.photo = string(read)
	return err
}

func (b *fileBook) RemovePhoto(context.Context, web.User, string) error {
	if b.photo == "" {
		return web.ErrNotFound
	}
	b.photo = ""
	return nil
}

func (b *fileBook) Accept(_ context.Context, _ web.User, resident, condition string) error {
	if resident != "r-zhao" || condition != "copd" || b.accepted {
		return web.ErrNotFound
	}
	b.accepted = true
	return nil
}

func (b *fileBook) Diagnoses() []web.Diagnosis {
	return []web.Diagnosis{{Code: "I10", Called: web.Text{EN: "Essential (primary) hypertension", ZH: "特发性（原发性）高血压"}}}
}
