package rights

import "time"

// Disclosure is that data of a resident went to somebody.
type Disclosure struct {
	At     time.Time
	Kind   string // "copy", "message", "emergency"
	User   string // who has it, when that is a user
	To     string // or a contact
	Over   string // the kind of channel, of a message
	About  string // of a message: "alert", "news", "occurrence"
	Scopes []string
	Reason string
}

// Processing is the record of processing: article 30 of the GDPR, articles 55 and 56 of
// China's Personal Information Protection Law. It is made of how the service is set up.
type Processing struct {
	MadeAt time.Time `json:"made_at"`
	// Activities are what is done with which data.
	Activities []Activity `json:"activities"`
	// Recipients are outside of the service.
	Recipients []Recipient `json:"recipients"`
	// Kept is how long what is kept.
	Kept []Keeping `json:"kept"`
	// Measures protect it, by name: "access_check", "audit_chain".
	Measures []string `json:"measures"`
	// Missing are measures that this service is not set up with.
	Missing []string `json:"missing"`
	// Residents, Staff and Contacts are how many there are.
	Residents int `json:"residents"`
}

// Activity is something that is done with data.
type Activity struct {
	Name string `json:"name"` // "monitoring", "care", "sharing", …
	// Data are the kinds, of which Sensitive says that the law holds them so.
	Data      []string `json:"data"`
	Sensitive bool     `json:"sensitive"`
	// Basis is the lawful ground: "contract", or the consent to a purpose.
	Basis string `json:"basis"`
	// Consents is how many consents to the purpose hold now, where it is one.
	Consents int    `json:"consents"`
	Text     string `json:"text_version,omitempty"` // of what is agreed to now
}

// Recipient is somebody outside who is given data.
type Recipient struct {
	Kind string `json:"kind"` // "email", "webpush", "sms", …
	Host string `json:"host,omitempty"`
	// Detail says that health detail may go there, where its person's channel is trusted.
	Detail bool `json:"health_detail"`
}

// Keeping is how long something is kept.
type Keeping struct {
	What  string `json:"what"`
	Where string `json:"where"`
	// Seconds is for how long; 0 for until it is erased.
	Seconds int64 `json:"seconds"`
}
