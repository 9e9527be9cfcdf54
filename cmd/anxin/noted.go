package main

import (
	"fmt"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
)

// touching is a command that reads or changes what is kept of a resident. That it does
// is written down before: what cannot be is not done.
type touching interface{ touches() touch }

// touch is what a command does with what is kept of a resident.
type touch struct {
	action audit.Action
	scope  records.Scope
	// resident is whose, "" for everybody's.
	resident string
}

func reads(scope records.Scope, resident string) touch { return touch{audit.Read, scope, resident} }

func changes(scope records.Scope, resident string) touch { return touch{audit.Change, scope, resident} }

// operator is why whoever has the machine may: nobody is asked.
const operator = "operator"

func (e *env) note(s *service.Service, t touch) error {
	err := s.Audit.Append(e.ctx, audit.Entry{Action: t.action, Resident: t.resident, Scope: t.scope.String(), Ground: operator})
	if err != nil {
		return fmt.Errorf("write down what the command does: %w", err)
	}
	return nil
}

func (c *residentList) touches() touch      { return reads(records.Status, "") }
func (c *residentSet) touches() touch       { return changes(records.File, c.ID) }
func (c *residentShow) touches() touch      { return reads(records.File, c.ID) }
func (c *residentSituation) touches() touch { return changes(records.Status, c.ID) }
func (c *residentMove) touches() touch      { return changes(records.File, c.ID) }
func (c *residentCorrect) touches() touch   { return changes(records.File, c.ID) }

func (c *contactCare) touches() touch { return changes(records.Status, c.Resident) }

func (c *deviceList) touches() touch { return reads(records.Status, "") }
func (c *deviceWear) touches() touch { return changes(records.Status, c.Resident) }

func (c *reminderAdd) touches() touch       { return changes(records.Alerts, c.Resident) }
func (c *reminderList) touches() touch      { return reads(records.Alerts, c.Resident) }
func (c *reminderShow) touches() touch      { return reads(records.Alerts, c.Resident) }
func (c *reminderStop) touches() touch      { return changes(records.Alerts, c.Resident) }
func (c *reminderStock) touches() touch     { return changes(records.Alerts, c.Resident) }
func (c *reminderDone) touches() touch      { return changes(records.Alerts, c.Resident) }
func (c *reminderSkip) touches() touch      { return changes(records.Alerts, c.Resident) }
func (c *reminderAdherence) touches() touch { return reads(records.Alerts, c.Resident) }
