package devices

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Native is the codec of a device that publishes under its own topic,
// anxin/v1/devices/{id}/.
const Native = "native"

// Device is a thing that publishes.
type Device struct {
	// ID is public: letters, digits, dots and hyphens, at most 64. It is also the
	// device's level in its native topic and its MQTT user name.
	ID string
	// Name is for people, "Bracelet" or "Front door"; never a person's name.
	Name string
	// Kind is what sort of thing it is, "bracelet", "door contact"; Model its make.
	Kind, Model string
	// Codec and External are how a format names it, see codec.Report. Of those in
	// use no two devices have the same. A native device's codec is [Native] and
	// its External is its ID.
	Codec, External string
	// HomeID is the home where it is fixed; "" for one that is worn, or is
	// nobody's. What it measured before FixedAt is nobody's; a zero FixedAt means
	// that it was never anywhere else.
	HomeID  string
	FixedAt time.Time
	// Zone is where in the home it stands.
	Zone Zone
	// Gateway is set for a hub that publishes what other devices say, on the
	// topics that Filters match.
	Gateway bool
	Filters []string

	CreatedAt time.Time
	// RetiredAt is when it was taken out of use; zero while it is in use.
	RetiredAt time.Time
}

// SignsIn reports whether the device connects to the broker itself, and so has
// a credential.
func (d *Device) SignsIn() bool { return d.Codec == Native || d.Gateway }

type deviceRow struct {
	bun.BaseModel `bun:"table:devices,alias:d"`

	ID        string   `bun:"id,pk"`
	Name      string   `bun:"name"`
	Kind      string   `bun:"kind"`
	Model     string   `bun:"model"`
	Codec     string   `bun:"codec"`
	External  string   `bun:"external"`
	Home      string   `bun:"home,nullzero"`
	FixedAt   int64    `bun:"fixed_at,nullzero"`
	Zone      string   `bun:"zone"`
	Gateway   bool     `bun:"gateway"`
	Filters   []string `bun:"filters,type:text"` // as JSON
	CreatedAt int64    `bun:"created_at"`
	RetiredAt int64    `bun:"retired_at,nullzero"`
}

func (row *deviceRow) device() Device {
	return Device{
		ID: row.ID, Name: row.Name, Kind: row.Kind, Model: row.Model, Codec: row.Codec, External: row.External,
		HomeID: row.Home, FixedAt: store.Time(row.FixedAt), Zone: Zone(row.Zone), Gateway: row.Gateway, Filters: row.Filters,
		CreatedAt: store.Time(row.CreatedAt), RetiredAt: store.Time(row.RetiredAt),
	}
}

func rowOf(d *Device) deviceRow {
	filters := d.Filters
	if filters == nil {
		filters = []string{} // [] in JSON, where nil would be null
	}
	return deviceRow{
		ID: d.ID, Name: d.Name, Kind: d.Kind, Model: d.Model, Codec: d.Codec, External: d.External,
		Home: d.HomeID, FixedAt: store.Millis(d.FixedAt), Zone: string(d.Zone), Gateway: d.Gateway, Filters: filters,
		CreatedAt: store.Millis(d.CreatedAt), RetiredAt: store.Millis(d.RetiredAt),
	}
}

func findDevice(ctx context.Context, db bun.IDB, id string) (deviceRow, error) {
	var row deviceRow
	err := db.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	if noRows(err) {
		return row, store.NotFound("device", id)
	}
	return row, err
}

// findInUse is findDevice for what cannot be done with a retired one.
func findInUse(ctx context.Context, db bun.IDB, id string) (deviceRow, error) {
	row, err := findDevice(ctx, db, id)
	if err == nil && row.RetiredAt != 0 {
		return row, conflict(CodeRetired, id, "was retired on "+store.Time(row.RetiredAt).Format(time.DateOnly), nil)
	}
	return row, err
}

// validate finds all that is wrong with a device.
func (d *Device) validate() error {
	var wrong []store.Field
	if !validID(d.ID) {
		wrong = append(wrong, store.Field{Path: "id", Message: idRule})
	}
	wrong = append(wrong, checkText("name", d.Name)...)
	wrong = append(wrong, checkText("kind", d.Kind)...)
	wrong = append(wrong, checkText("model", d.Model)...)
	if err := d.Zone.check(); err != nil {
		wrong = append(wrong, store.Field{Path: "zone", Message: err.Error()})
	}
	wrong = append(wrong, checkText("codec", d.Codec)...)
	if d.Codec == Native && d.External != d.ID {
		wrong = append(wrong, store.Field{Path: "external", Message: fmt.Sprintf("must be the id for a native device, not %q", d.External)})
	}
	if d.External == "" || len(d.External) > maxExternal || !utf8.ValidString(d.External) || strings.ContainsFunc(d.External, unicode.IsControl) {
		wrong = append(wrong, store.Field{Path: "external", Message: fmt.Sprintf("must be the device's name in the format %s, at most %d bytes", d.Codec, maxExternal)})
	}
	if !d.Gateway && len(d.Filters) > 0 {
		wrong = append(wrong, store.Field{Path: "filters", Message: "are for a gateway only"})
	}
	if len(d.Filters) > maxFilters {
		wrong = append(wrong, store.Field{Path: "filters", Message: fmt.Sprintf("are more than %d", maxFilters)})
	}
	for i, f := range d.Filters {
		if err := checkFilter(f); err != nil {
			wrong = append(wrong, store.Field{Path: fmt.Sprintf("filters[%d]", i), Message: err.Error()})
		}
	}
	return store.Invalid("device", d.ID, wrong)
}

const (
	maxText     = 200 // characters of a name
	maxExternal = 512 // bytes
	maxFilters  = 64

	idRule = "must be 1 to 64 letters, digits, dots or hyphens, the first a letter or digit"
)

// validID is a FHIR id that can also be a step of a URL's path, where "." and
// ".." mean something else.
func validID(id string) bool {
	if len(id) == 0 || len(id) > 64 || id[0] == '.' || id[0] == '-' {
		return false
	}
	return !strings.ContainsFunc(id, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '-')
	})
}

func checkText(path, s string) []store.Field {
	switch {
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return []store.Field{{Path: path, Message: "holds characters that are not text"}}
	case utf8.RuneCountInString(s) > maxText:
		return []store.Field{{Path: path, Message: fmt.Sprintf("is longer than %d characters", maxText)}}
	}
	return nil
}

func noRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// about names the entity in an error that does not do so itself.
func about(entity, id string, err error) error {
	if fault, ok := errors.AsType[*store.Fault](err); ok {
		return fault
	}
	return fmt.Errorf("%s %q: %w", entity, id, err)
}
