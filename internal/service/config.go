package service

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/devices/codec"
	"github.com/anxin-care/anxin/records/audit"
)

// shortestAudit is 180 days: network logs are to be kept six months by article 21
// of China's Cybersecurity Law.
const shortestAudit = 180 * 24 * time.Hour

// Config is everything that `anxin serve` can be told. The tags give each
// setting its flag, its environment variable, its default and its help; in a
// YAML file the flag's name is the key.
type Config struct {
	HTTPAddr    string `name:"http-addr" env:"ANXIN_HTTP_ADDR" default:"127.0.0.1:8080" help:"Address of the dashboard and the API."`
	DataDir     string `name:"data-dir" env:"ANXIN_DATA_DIR" default:"./data" help:"Folder of the embedded stores."`
	DatabaseURL string `name:"database-url" env:"ANXIN_DATABASE_URL" help:"PostgreSQL for the records; unset, SQLite in the data folder."`

	MQTTAddr          string   `name:"mqtt-addr" env:"ANXIN_MQTT_ADDR" default:"127.0.0.1:1883" help:"Address of the built-in broker."`
	MQTTWebSocketAddr string   `name:"mqtt-websocket-addr" env:"ANXIN_MQTT_WEBSOCKET_ADDR" help:"Address of the built-in broker for MQTT over WebSocket; unset, none."`
	MQTTTLSCert       string   `name:"mqtt-tls-cert" env:"ANXIN_MQTT_TLS_CERT" help:"Certificate (PEM) of the built-in broker; set, it speaks TLS."`
	MQTTTLSKey        string   `name:"mqtt-tls-key" env:"ANXIN_MQTT_TLS_KEY" help:"Key (PEM) of that certificate."`
	MQTTURL           string   `name:"mqtt-url" env:"ANXIN_MQTT_URL" help:"An external broker (mqtt://, mqtts://, ws://, wss://); it replaces the built-in one."`
	MQTTClientID      string   `name:"mqtt-client-id" env:"ANXIN_MQTT_CLIENT_ID" default:"anxin" help:"Client id at the external broker, which keeps messages for it; one for each process."`
	MQTTShare         string   `name:"mqtt-share" env:"ANXIN_MQTT_SHARE" help:"Name of a shared subscription at the external broker, for several processes."`
	Bind              []string `name:"bind" env:"ANXIN_BIND" placeholder:"FILTER=CODEC" help:"Further topics and the format found there, such as homes/+/zigbee2mqtt/#=zigbee2mqtt."`

	MaxConnections int `name:"max-connections" env:"ANXIN_MAX_CONNECTIONS" default:"20000" help:"Connections that the built-in broker takes."`
	MaxPayload     int `name:"max-payload" env:"ANXIN_MAX_PAYLOAD" default:"16777216" help:"Largest MQTT packet, in bytes."`
	MaxInFlight    int `name:"max-in-flight" env:"ANXIN_MAX_IN_FLIGHT" default:"1024" help:"Unacknowledged messages of one connection."`

	InfluxURL    string `name:"influx-url" env:"ANXIN_INFLUX_URL" help:"InfluxDB for the timeline; unset, SQL."`
	InfluxToken  string `name:"influx-token" env:"ANXIN_INFLUX_TOKEN" help:"Token (2.x), or user:password (1.8)."`
	InfluxOrg    string `name:"influx-org" env:"ANXIN_INFLUX_ORG" help:"Organisation (2.x)."`
	InfluxBucket string `name:"influx-bucket" env:"ANXIN_INFLUX_BUCKET" default:"anxin" help:"Bucket (2.x), or database (1.8)."`

	RulesDir string `name:"rules-dir" env:"ANXIN_RULES_DIR" help:"Folder of YAML files with rules of your own; one with the id of a default rule takes its place."`

	BandSets []string `name:"band-sets" env:"ANXIN_BAND_SETS" placeholder:"FORM=SET" help:"How totals of assessments are put into bands, where a form has several ways, such as barthel=gdl2."`

	SMTPURL      string   `name:"smtp-url" env:"ANXIN_SMTP_URL" help:"Mail server, smtp://user:password@host:587 or smtps://…; unset, nobody is told by e-mail."`
	SMTPFrom     string   `name:"smtp-from" env:"ANXIN_SMTP_FROM" help:"Sender of e-mails, such as Anxin <anxin@example.org>."`
	PushContact  string   `name:"push-contact" env:"ANXIN_PUSH_CONTACT" help:"Whom push services can write to, mailto:… or https://…; unset, the sender of e-mails."`
	ChatHosts    []string `name:"chat-hosts" env:"ANXIN_CHAT_HOSTS" placeholder:"HOST" help:"Servers of chat services that people may name in addresses, such as ntfy.sh."`
	TellNetworks []string `name:"tell-networks" env:"ANXIN_TELL_NETWORKS" placeholder:"NETWORK" help:"Private networks that webhooks may lead to, such as 10.7.0.0/16."`
	SMSURL       string   `name:"sms-url" env:"ANXIN_SMS_URL" help:"HTTP gateway for text messages; {to}, {digits}, {text} and {key} stand for parts of a message. Unset, there are none."`
	SMSMethod    string   `name:"sms-method" env:"ANXIN_SMS_METHOD" default:"POST" help:"Method of the gateway."`
	SMSHeaders   []string `name:"sms-headers" env:"ANXIN_SMS_HEADERS" sep:";" placeholder:"NAME: VALUE" help:"Headers for the gateway; a semicolon between them."`
	SMSBody      string   `name:"sms-body" env:"ANXIN_SMS_BODY" help:"Body for the gateway, JSON unless a Content-Type says otherwise."`
	SMSOK        string   `name:"sms-ok" env:"ANXIN_SMS_OK" help:"Regular expression that the gateway's answer must match; unset, any 2xx will do."`

	Retention   time.Duration `name:"retention" env:"ANXIN_RETENTION" default:"0" help:"Age after which only hourly roll-ups of readings are kept, such as 8760h; 0 keeps all."`
	JournalKeep time.Duration `name:"journal-keep" env:"ANXIN_JOURNAL_KEEP" default:"24h" help:"How long the journal keeps what all its readers have passed."`
	HeldKeep    time.Duration `name:"held-keep" env:"ANXIN_HELD_KEEP" default:"168h" help:"How long messages of unknown devices are held."`
	TellingKeep time.Duration `name:"telling-keep" env:"ANXIN_TELLING_KEEP" default:"52704h" help:"How long it is kept who was told what, and over what: six years; at least 4320h; 0 keeps all. What is about an open alert stays."`
	AuditKeep   time.Duration `name:"audit-keep" env:"ANXIN_AUDIT_KEEP" default:"52704h" help:"How long it is kept who saw and changed what: six years; at least 4320h; 0 keeps all."`

	PublicURL string `name:"public-url" env:"ANXIN_PUBLIC_URL" help:"Address at which people reach the pages from outside, such as https://anxin.example.org: messages carry links to it; unset, none."`

	HeartbeatURL string `name:"heartbeat-url" env:"ANXIN_HEARTBEAT_URL" help:"An address outside that is asked for every minute while all parts work, so that somebody hears when they do not; unset, none."`

	SecureCookies bool          `name:"secure-cookies" env:"ANXIN_SECURE_COOKIES" help:"Send cookies over HTTPS only; set it behind a proxy with TLS."`
	Proxies       []string      `name:"trusted-proxies" env:"ANXIN_TRUSTED_PROXIES" placeholder:"NETWORK" help:"Networks of proxies of yours, such as 172.18.0.0/16: their X-Forwarded-For says where a request comes from."`
	StaffIdle     time.Duration `name:"staff-idle" env:"ANXIN_STAFF_IDLE" default:"1h" help:"How long after the last request of its browser a staff member is signed out; 0 never. An open page that is live goes on asking."`
	LogLevel      string        `name:"log-level" env:"ANXIN_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"debug, info, warn or error."`
	LogFormat     string        `name:"log-format" env:"ANXIN_LOG_FORMAT" enum:"text,json" default:"text" help:"text or json."`
}

// Default is the configuration of a service that was told nothing: the defaults
// of the tags above.
func Default() Config {
	return Config{
		HTTPAddr: "127.0.0.1:8080", DataDir: "./data", MQTTAddr: "127.0.0.1:1883", MQTTClientID: "anxin",
		MaxConnections: 20_000, MaxPayload: 16 << 20, MaxInFlight: 1024, InfluxBucket: "anxin", SMSMethod: "POST",
		JournalKeep: 24 * time.Hour, HeldKeep: 7 * 24 * time.Hour, AuditKeep: audit.Keep, TellingKeep: deliveries.Keep, StaffIdle: time.Hour, LogLevel: "info", LogFormat: "text",
	}
}

// Validate finds what does not go together, and says the way out.
func (c *Config) Validate() error {
	switch {
	case (c.MQTTTLSCert == "") != (c.MQTTTLSKey == ""):
		return errors.New("mqtt-tls-cert and mqtt-tls-key belong together: set both, or none")
	case c.MQTTAddr == "" && c.MQTTURL == "" && c.MQTTWebSocketAddr == "":
		return errors.New("there is no broker: set mqtt-addr for the built-in one, or mqtt-url for another")
	case c.MQTTClientID == "" && c.MQTTURL != "":
		return errors.New("mqtt-client-id is empty: the external broker keeps messages by it")
	case c.TellingKeep < 0 || c.TellingKeep > 0 && c.TellingKeep < shortestAudit:
		return fmt.Errorf("telling-keep %s: the shortest is %s; 0 keeps all", c.TellingKeep, shortestAudit)
	case c.AuditKeep < 0 || c.AuditKeep > 0 && c.AuditKeep < shortestAudit:
		return fmt.Errorf("audit-keep %s: the shortest is %s; 0 keeps all", c.AuditKeep, shortestAudit)
	case c.Retention < 0 || c.Retention > 0 && c.Retention < 24*time.Hour:
		return fmt.Errorf("retention %s: the shortest is 24h; 0 keeps all", c.Retention)
	case c.StaffIdle < 0 || c.StaffIdle > 0 && c.StaffIdle < 10*time.Minute:
		return fmt.Errorf("staff-idle %s: the shortest is 10m; 0 signs nobody out", c.StaffIdle)
	case c.MaxConnections < 1 || c.MaxInFlight < 1 || c.MaxPayload < 1024:
		return errors.New("max-connections and max-in-flight are at least 1, max-payload at least 1024")
	}
	if at, err := url.Parse(c.HeartbeatURL); c.HeartbeatURL != "" && (err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http") {
		return errors.New("heartbeat-url is not an address that begins with https:// or http://")
	}
	if _, err := c.bindings(); err != nil {
		return err
	}
	if _, err := c.library(); err != nil {
		return err
	}
	if _, err := networks("trusted-proxies", c.Proxies); err != nil {
		return err
	}
	ways, err := c.channels()
	if err != nil {
		return err
	}
	return ways.Check()
}

func (c *Config) bindings() ([]codec.Binding, error) {
	var bindings []codec.Binding
	for _, b := range c.Bind {
		i := strings.LastIndex(b, "=")
		if i < 1 {
			return nil, fmt.Errorf("bind %q: want FILTER=CODEC, such as homes/+/zigbee2mqtt/#=zigbee2mqtt", b)
		}
		bindings = append(bindings, codec.Binding{Filter: b[:i], Codec: b[i+1:]})
	}
	return bindings, nil
}

// channels are the settings of the ways to people, without what is made and kept
// at the first start.
func (c *Config) channels() (channels.Config, error) {
	out := channels.Config{
		SMTP: channels.SMTP{URL: c.SMTPURL, From: c.SMTPFrom}, Push: channels.Push{Contact: c.PushContact}, ChatHosts: c.ChatHosts,
		SMS: channels.Gateway{URL: c.SMSURL, Method: c.SMSMethod, Headers: c.SMSHeaders, Body: c.SMSBody, OK: c.SMSOK},
	}
	var err error
	out.Networks, err = networks("tell-networks", c.TellNetworks)
	return out, err
}

func networks(setting string, names []string) (list []netip.Prefix, err error) {
	for _, n := range names {
		network, err := netip.ParsePrefix(n)
		if err != nil {
			return nil, fmt.Errorf("%s %q: want a network such as 10.7.0.0/16", setting, n)
		}
		list = append(list, network)
	}
	return list, nil
}

func (c *Config) brokerTLS() (*tls.Config, error) {
	if c.MQTTTLSCert == "" {
		return nil, nil
	}
	cert, err := tls.LoadX509KeyPair(c.MQTTTLSCert, c.MQTTTLSKey)
	if err != nil {
		return nil, fmt.Errorf("read the broker's certificate: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, nil
}
