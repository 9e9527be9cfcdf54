-- +goose Up
-- What a person did had one cause. A snooze left the status as it was: where somebody
-- had the alert already, its end tells it from a claim, which moved the time by which
-- it is held.
UPDATE alert_transitions SET cause = 'resolved' WHERE cause = 'person' AND status = 'resolved';
UPDATE alert_transitions SET cause = 'snoozed' WHERE cause = 'person' AND (
    status <> 'claimed'
    OR EXISTS (SELECT 1 FROM alerts WHERE alerts.id = alert_transitions.alert AND alerts.snoozed_until = alert_transitions.until)
    OR EXISTS (SELECT 1 FROM alert_transitions AS later WHERE later.alert = alert_transitions.alert AND later.n > alert_transitions.n
        AND later.cause = 'snooze_ended' AND later.at = alert_transitions.until));
UPDATE alert_transitions SET cause = 'claimed' WHERE cause = 'person';
