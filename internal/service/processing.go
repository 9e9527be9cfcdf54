package service

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/rights"
)

// Processing implements [api.Rights]: what this service does with data, as it is set up.
func (d rightsDesk) Processing(ctx context.Context) (rights.Processing, error) {
	cfg := &d.s.cfg
	p := rights.Processing{MadeAt: time.Now().UTC(), Kept: cfg.keeping(), Measures: []string{}, Missing: []string{}}
	residents, err := d.s.Residents.List(ctx, records.ResidentQuery{})
	if err != nil {
		return p, err
	}
	p.Residents = len(residents)
	// What is done on the ground of the contract of care needs no consent; what goes
	// beyond it has one for each purpose.
	p.Activities = []rights.Activity{
		{Name: "care", Data: []string{"identity", "file", "documents", "reminders"}, Sensitive: true, Basis: "contract"},
		{Name: "telling", Data: []string{"contacts", "alerts"}, Sensitive: true, Basis: "contract"},
		{Name: "accounts", Data: []string{"users", "sessions"}, Basis: "contract"},
		{Name: "audit", Data: []string{"looks"}, Basis: "law"},
	}
	holding, err := d.s.Consents.Holding(ctx)
	if err != nil {
		return p, err
	}
	data := map[records.Purpose][]string{
		records.Monitoring: {"vitals", "movements", "alerts"}, records.Sharing: {"status", "vitals", "alerts", "file", "documents"},
		records.Panel: {"file", "vitals"}, records.Research: {"vitals"}, records.Abroad: {"vitals", "file"},
	}
	for _, purpose := range records.Purposes() {
		text, err := records.ConsentTextFor(purpose, "en")
		if err != nil {
			return p, err
		}
		p.Activities = append(p.Activities, rights.Activity{
			Name: string(purpose), Data: data[purpose], Sensitive: true, Basis: "consent", Consents: holding[purpose], Text: text.Version,
		})
	}
	if d.s.ways != nil {
		for _, kind := range d.s.ways.Kinds() {
			p.Recipients = append(p.Recipients, rights.Recipient{Kind: string(kind), Host: cfg.hostOf(kind), Detail: true})
		}
	}
	if cfg.HeartbeatURL != "" {
		p.Recipients = append(p.Recipients, rights.Recipient{Kind: "heartbeat", Host: hostIn(cfg.HeartbeatURL)})
	}
	if cfg.MQTTURL != "" {
		p.Recipients = append(p.Recipients, rights.Recipient{Kind: "broker", Host: hostIn(cfg.MQTTURL), Detail: true})
	}
	p.Measures, p.Missing = cfg.measures()
	return p, nil
}

// hostOf is where messages of a kind go, "" where that is each person's own.
func (c *Config) hostOf(kind channels.Kind) string {
	switch kind {
	case channels.Email:
		return hostIn(c.SMTPURL)
	case channels.SMS:
		return hostIn(c.SMSURL)
	}
	return ""
}

// hostIn is the host of an address, without what may be secret in it.
func hostIn(address string) string {
	at, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(address))
	if err != nil {
		return ""
	}
	return at.Hostname()
}

// keeping is how long what is kept, and where.
func (c *Config) keeping() []rights.Keeping {
	records, timeline := "sqlite", "sqlite"
	if c.DatabaseURL != "" {
		records = "postgresql"
	}
	if c.InfluxURL != "" {
		timeline = "influxdb " + hostIn(c.InfluxURL)
	}
	seconds := func(d time.Duration) int64 { return int64(d / time.Second) }
	return []rights.Keeping{
		{What: "journal", Where: "sqlite", Seconds: seconds(c.JournalKeep)},
		{What: "held", Where: "sqlite", Seconds: seconds(c.HeldKeep)},
		{What: "readings", Where: timeline, Seconds: seconds(c.Retention)},
		{What: "rollups", Where: timeline},
		{What: "records", Where: records},
		{What: "papers", Where: "files"},
		{What: "audit", Where: records, Seconds: seconds(c.AuditKeep)},
		{What: "proofs", Where: records},
	}
}

// measures are those that protect what is kept, and those that are not set up.
func (c *Config) measures() (set, missing []string) {
	set = []string{"access_check", "audit_chain", "passwords_hashed", "device_secrets_hashed", "opaque_ids", "files_owner_only", "staff_signed_out"}
	when := func(on bool, measure string) {
		if on {
			set = append(set, measure)
		} else {
			missing = append(missing, measure)
		}
	}
	if c.StaffIdle == 0 {
		set, missing = set[:len(set)-1], append(missing, "staff_signed_out")
	}
	when(c.SecureCookies, "https_only")
	if c.MQTTURL == "" {
		when(c.MQTTTLSCert != "", "mqtt_tls")
	} else {
		when(strings.HasPrefix(c.MQTTURL, "mqtts://") || strings.HasPrefix(c.MQTTURL, "wss://"), "mqtt_tls")
	}
	if c.InfluxURL != "" {
		when(strings.HasPrefix(c.InfluxURL, "https://"), "timeline_tls")
	}
	// Nothing of ours encrypts files: that is the disk's.
	missing = append(missing, "disk_encryption_unknown")
	return set, missing
}
