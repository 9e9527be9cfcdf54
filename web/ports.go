package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

var (
	// ErrNotFound says that there is no such resident, or none that the user may
	// see: the pages do not tell which.
	ErrNotFound = errors.New("not found")
	// ErrWrongPassword says that login and password do not belong together.
	ErrWrongPassword = errors.New("wrong login or password")
)

// Waits is an error that passes when one waits.
type Waits interface {
	error
	RetryAfter() time.Duration
}

// User is who is signed in.
type User struct {
	ID, Name string
	// Language is a BCP 47 tag, "" when the user has none set.
	Language string
}

// Accounts signs people in and out.
type Accounts interface {
	// SignIn checks login and password and returns the session's cookie;
	// ErrWrongPassword when they do not belong together, a [Waits] when too many
	// sign-ins failed.
	SignIn(ctx context.Context, login, password string) (*http.Cookie, error)
	// SignOut ends the request's session and returns the cookie that removes it.
	SignOut(r *http.Request) (*http.Cookie, error)
	// UserOf tells who signed the request in.
	UserOf(ctx context.Context) (User, bool)
}

// Resident is whom a card on the board is about.
type Resident struct {
	ID, Name string
	// Home is the home's name, "5-2"; Room the room in it, often "".
	Home, Room string
	// Zone is the resident's time zone.
	Zone *time.Location
}

// Residents knows who is watched over, and who may see whom.
type Residents interface {
	// List returns the residents whom the user may see, in any order.
	List(ctx context.Context, user User) ([]Resident, error)
	// Resident returns one; ErrNotFound when there is none whom the user may see.
	Resident(ctx context.Context, user User, id string) (Resident, error)
}

// Readings knows the newest reading of each metric of a resident.
type Readings interface {
	Latest(resident string) []vitals.Reading
}

// Devices knows how the devices are.
type Devices interface {
	// DevicesOf returns, for each of the residents, the devices that they wear and
	// those fixed in their home, in a stable order.
	DevicesOf(ctx context.Context, residents ...string) (map[string][]Device, error)
}

// Device is a thing that publishes, and how it is.
type Device struct {
	ID, Name, Kind, Model string
	// Worn is set when the resident wears it; else it is fixed in the home.
	Worn bool
	// LastSeen is when something of it was last received; zero when never.
	LastSeen time.Time
	// Online is what its status says, nil when it never said.
	Online *bool
	// Battery is its charge in %, nil when it never said.
	Battery *float64
	// BatteryLow is set when it says so itself.
	BatteryLow bool
	// ClockOff is how far its clock was off lately; positive when behind.
	ClockOff time.Duration
	// Problem is what was last wrong with its messages, in English; often "".
	Problem string
}
