package service

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/rights"
)

// rightsDesk carries out what residents may ask of who keeps their data.
type rightsDesk struct{ s *Service }

// Exporter writes copies of what is kept of residents. The timeline must be open.
func (s *Service) Exporter() *rights.Exporter {
	return &rights.Exporter{DB: s.Records, Books: s.holdings(), Timeline: s.Timeline, Papers: s.papersOf, Now: time.Now}
}

func (s *Service) papersOf(ctx context.Context, resident string) (papers []rights.Paper, err error) {
	list, err := s.File.PapersOf(ctx, resident)
	if err != nil {
		return nil, err
	}
	documents, err := s.File.Kind(ctx, resident, healthfile.ADocument)
	if err != nil {
		return nil, err
	}
	types := map[string]string{}
	for _, e := range documents {
		types[e.ID] = e.Body.(*healthfile.Document).Type
	}
	for _, p := range list {
		papers = append(papers, rights.Paper{
			Name: p.Entry, Type: cmp.Or(types[p.Entry], "image/jpeg"), // the photo
			Open: func() (io.ReadCloser, error) { return s.File.OpenPaper(p) },
		})
	}
	return papers, nil
}

// Export implements [api.Rights].
func (d rightsDesk) Export(ctx context.Context, w io.Writer, resident string, kinds []string) error {
	return d.s.Exporter().Write(ctx, w, rights.Copy{Resident: resident, Kinds: kinds})
}

// Erase implements [api.Rights].
func (d rightsDesk) Erase(ctx context.Context, resident, by, reason string) (rights.Erasure, error) {
	return d.s.Erasures.Ask(ctx, resident, by, reason)
}

// Erasure implements [api.Rights].
func (d rightsDesk) Erasure(ctx context.Context, id string) (rights.Erasure, error) {
	return d.s.Erasures.Get(ctx, id)
}

// Erasures implements [api.Rights].
func (d rightsDesk) Erasures(ctx context.Context) ([]rights.Erasure, error) {
	return d.s.Erasures.List(ctx)
}

// Disclosures implements [api.Rights].
func (d rightsDesk) Disclosures(ctx context.Context, resident string, limit int) ([]rights.Disclosure, error) {
	var list []rights.Disclosure
	for action, kind := range map[audit.Action]string{audit.Export: "copy", audit.Break: "emergency"} {
		entries, err := d.s.Audit.List(ctx, audit.Query{Resident: resident, Action: action, Limit: limit})
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Refused {
				continue
			}
			one := rights.Disclosure{At: e.At, Kind: kind, User: e.Actor, Reason: e.Reason}
			if e.Scope != "" {
				one.Scopes = strings.Split(e.Scope, ",")
			}
			list = append(list, one)
		}
	}
	told, err := deliveries.NewBook(d.s.Records).Disclosed(ctx, resident, int64(limit))
	if err != nil {
		return nil, err
	}
	channels := make([]string, len(told))
	for i, t := range told {
		channels[i] = t.Channel
	}
	trusted, err := d.s.People.TrustedChannels(ctx, channels)
	if err != nil {
		return nil, err
	}
	for _, t := range told {
		if trusted[t.Channel] {
			list = append(list, rights.Disclosure{At: t.SentAt, Kind: "message", To: t.Contact, Over: string(t.Kind), About: string(t.About)})
		}
	}
	slices.SortStableFunc(list, func(a, b rights.Disclosure) int { return b.At.Compare(a.At) })
	return list[:min(limit, len(list))], nil
}
