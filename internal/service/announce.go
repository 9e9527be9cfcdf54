package service

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
)

// Programs sign in at the built-in broker with this login and a token of the API
// to hear of alerts. It is no device's: those are lower case.
const apiLogin = "API"

const (
	alertsPrefix = "anxin/v1/residents/"
	alertsSuffix = "/alerts"
)

// announcement is what other systems hear of an alert over MQTT, each time that
// it has changed. It holds ids and no names.
type announcement struct {
	ID           string     `json:"id"`
	Resident     string     `json:"resident,omitempty"`
	Home         string     `json:"home,omitempty"`
	Device       string     `json:"device,omitempty"`
	Rule         string     `json:"rule"`
	RuleVersion  int        `json:"rule_version"`
	Severity     string     `json:"severity"`
	Status       string     `json:"status"`
	Cause        string     `json:"cause"`
	Since        time.Time  `json:"since"`
	BeganAt      time.Time  `json:"began_at"`
	ChangedAt    time.Time  `json:"changed_at"`
	PartOf       string     `json:"part_of,omitempty"`
	ClaimedUntil *time.Time `json:"claimed_until,omitempty"`
	Verdict      string     `json:"verdict,omitempty"`
}

func announcementOf(a alerts.Alert) announcement {
	out := announcement{
		ID: a.ID, Resident: a.Resident, Home: a.Home, Device: a.Device, Rule: a.Rule.ID, RuleVersion: a.Rule.Version, Severity: a.Severity.String(),
		Status: string(a.Status), Cause: string(a.Transitions[len(a.Transitions)-1].Cause), Since: a.Since, BeganAt: a.BeganAt, ChangedAt: a.ChangedAt,
		PartOf: a.PartOf, Verdict: string(a.Verdict),
	}
	if !a.ClaimedUntil.IsZero() {
		out.ClaimedUntil = &a.ClaimedUntil
	}
	return out
}

// announce publishes the changes of alerts on the topics of the residents whom
// they concern, until ctx ends.
func (s *Service) announce(ctx context.Context) error {
	watch, stop := s.feed.Watch(func(string) bool { return true })
	defer stop()
	names := alerts.NewNames(s.Residents, s.Registry)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-watch.Ready():
		}
		for _, id := range watch.Take() {
			if err := s.announceOne(ctx, names, id); err != nil && ctx.Err() == nil {
				s.log.Warn("publish the change of an alert", "alert", id, "error", err)
			}
		}
	}
}

func (s *Service) announceOne(ctx context.Context, names *alerts.Names, id string) error {
	a, err := alerts.NewAlerts(s.Records).One(ctx, id)
	if err != nil {
		return err
	}
	_, concerned, err := names.Of(ctx, a)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(announcementOf(a))
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range concerned {
		// Who listens by the id of a file that went into this one hears of it too.
		for _, id := range s.decoder.aliases.names(r.ID) {
			errs = append(errs, speaking{s}.Publish(alertsPrefix+id+alertsSuffix, payload))
		}
	}
	return errors.Join(errs...)
}

// listener is what a program may do that has signed in with a token: hear of the
// alerts of those whom its user may see, as long as that is so.
type listener struct {
	s     *Service
	token string
}

// MayPublish implements [ingest.Grant].
func (listener) MayPublish(string) bool { return false }

// MaySubscribe implements [ingest.Grant]. It is asked for each message, too.
func (l listener) MaySubscribe(filter string) bool {
	resident, ok := strings.CutPrefix(filter, alertsPrefix)
	if !ok {
		return false
	}
	if resident, ok = strings.CutSuffix(resident, alertsSuffix); !ok || strings.ContainsAny(resident, "/#") {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	user, err := l.s.Users.ByToken(ctx, l.token)
	if err != nil {
		return false
	}
	if resident == "+" {
		return true
	}
	ctx = audit.In(ctx, audit.Piece{Via: audit.MQTT, What: alertsPrefix + "{resident}" + alertsSuffix})
	may, err := l.s.access.Sees(ctx, user, records.Alerts, l.s.decoder.aliases.of(resident))
	return err == nil && may
}

// listen signs a program in.
func (s *Service) listen(token string) (listener, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if _, err := s.Users.ByToken(ctx, token); err != nil {
		return listener{}, err
	}
	return listener{s, token}, nil
}
