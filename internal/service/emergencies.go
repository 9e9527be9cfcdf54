package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
)

// toldOfAccessEvery is how often it is looked whether somebody has had access in an
// emergency of which nobody was told yet.
const toldOfAccessEvery = 2 * time.Second

// tellOfEmergencies tells those around residents of access in emergencies until ctx
// ends, whoever gave it: a page, a program, another process.
func (s *Service) tellOfEmergencies(ctx context.Context) error {
	tick := time.NewTicker(toldOfAccessEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		untold, err := s.Consents.Emergencies(ctx, records.EmergencyQuery{Untold: true})
		for _, e := range untold {
			err = errors.Join(err, s.tellOfEmergency(ctx, e))
		}
		if err != nil && ctx.Err() == nil {
			s.log.Warn("tell of access in an emergency", "error", err)
		}
	}
}

// tellOfEmergency tells everybody around the resident but neighbours, who are to
// know nothing of anybody's health, and the one who had the access. Who is told and
// that they were are one transaction.
func (s *Service) tellOfEmergency(ctx context.Context, e records.Emergency) error {
	r, err := s.Residents.Get(ctx, e.Resident)
	if err != nil {
		return fmt.Errorf("whose data it was: %w", err)
	}
	actor, err := s.Users.Get(ctx, e.User)
	if err != nil {
		return fmt.Errorf("who had the access: %w", err)
	}
	name, err := faces{s}.NameOf(ctx, e.User)
	if err != nil {
		return fmt.Errorf("who had the access: %w", err)
	}
	around, err := told{s.People}.Around(ctx, s.Records, time.Now(), r.ID)
	if err != nil {
		return err
	}
	var letters []deliveries.Telling
	for _, c := range around[r.ID] {
		if c.Relation == deliveries.Neighbour || c.User == actor.ID {
			continue
		}
		letters = append(letters, deliveries.Telling{
			About: deliveries.OfAccess, Subject: e.ID, Step: 1, Says: deliveries.Plain, Who: deliveries.Who{Resident: r.ID, Contact: c.ID},
			Severity: rules.Warning, Words: wordsOfAccess(&r, name, e),
		})
	}
	err = s.Records.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.Consents.Told(ctx, tx, e.ID); err != nil {
			return err
		}
		return s.deliveries.Queue(ctx, tx, letters)
	})
	if err == nil {
		s.deliveries.Committed(letters)
	}
	return err
}

func wordsOfAccess(r *records.Resident, actor string, e records.Emergency) *deliveries.Words {
	from, until := e.Since.In(r.Zone()).Format("15:04"), e.Until.In(r.Zone()).Format("15:04")
	return &deliveries.Words{
		Subject: rules.Text{EN: "Access in an emergency", ZH: "紧急查看"},
		Text: rules.Text{
			EN: fmt.Sprintf("%s has had access to all data about %s since %s, until %s, for an emergency: %s. It will be reviewed. Who has looked at what is on the resident's page.", actor, r.Name, from, until, e.Reason),
			ZH: fmt.Sprintf("%s因紧急情况自 %s 起可查看%s的全部数据，至 %s 止。原因：%s。此次查看将予复核。谁看过哪些内容，见长者页面。", actor, from, r.Name, until, e.Reason),
		},
		Plainly: rules.Text{
			EN: "Somebody of the service has had access in an emergency. Sign in to Anxin to see more.",
			ZH: "服务人员因紧急情况进行了查看。请登录安心查看详情。",
		},
		Language: r.Language,
	}
}
