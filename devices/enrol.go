package devices

import (
	"context"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Enrolment is a device that comes into use, and whose it is.
type Enrolment struct {
	// Device needs no ID where Codec and External name it: a native device's is
	// its External, another's is made up. It needs no Codec when it is native.
	// Its HomeID says where it is fixed, and its Zone where there; without one that
	// is what its Name says, "Bathroom motion".
	Device Device
	// Resident is who wears it; "" for one that is fixed, or nobody's yet.
	Resident string
	// From is since when the resident wears it; the zero time is now.
	From time.Time
}

// Add takes a device into use, fixed in its home or nobody's yet. The secret is
// its MQTT password: it is shown this once, and is "" for a device that does
// not sign in itself.
func (r *Registry) Add(ctx context.Context, d Device) (added Device, secret string, err error) {
	return r.enrolOne(ctx, "add", Enrolment{Device: d})
}

// Claim takes a device into use that was heard before it was known, as its
// Codec and External say. It must be worn or fixed. What the journal holds of
// it is taken in by ingest, which looks for it when the registry has changed;
// for that to be the resident's, From must be earlier: [FirstReading].
func (r *Registry) Claim(ctx context.Context, e Enrolment) (claimed Device, secret string, err error) {
	if e.Resident == "" && e.Device.HomeID == "" {
		err := &store.Fault{Kind: ErrInvalid, Code: CodeUnassigned, Entity: "device", ID: e.Device.ID,
			Detail: "say which resident wears it, or in which home it is fixed"}
		return Device{}, "", fmt.Errorf("claim %w", err)
	}
	return r.enrolOne(ctx, "claim", e)
}

func (r *Registry) enrolOne(ctx context.Context, doing string, e Enrolment) (Device, string, error) {
	added, secrets, err := r.enrol(ctx, []Enrolment{e})
	if err != nil {
		return Device{}, "", fmt.Errorf("%s %w", doing, err)
	}
	return added[0], secrets[0], nil
}

// Enrol takes many devices into use, all or none of them, with one commit. The
// answers are in their order.
func (r *Registry) Enrol(ctx context.Context, enrolments []Enrolment) (added []Device, secrets []string, err error) {
	if added, secrets, err = r.enrol(ctx, enrolments); err != nil {
		return nil, nil, fmt.Errorf("enrol %w", err)
	}
	return added, secrets, nil
}

func (r *Registry) enrol(ctx context.Context, enrolments []Enrolment) (added []Device, secrets []string, err error) {
	added, secrets = make([]Device, len(enrolments)), make([]string, len(enrolments))
	for i, e := range enrolments {
		if added[i], err = e.complete(); err != nil {
			return nil, nil, err
		}
	}
	err = r.change(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		for i, e := range enrolments {
			if secrets[i], err = enrolInto(ctx, tx, &added[i], e.Resident, e.From); err != nil {
				return about("device", added[i].ID, err)
			}
		}
		return nil
	})
	return added, secrets, err
}

// complete fills in what follows from the rest, and checks the device.
func (e Enrolment) complete() (Device, error) {
	d := e.Device
	if d.Codec == "" {
		d.Codec = Native
	}
	switch {
	case d.ID == "" && d.Codec == Native:
		d.ID = d.External
	case d.ID == "":
		d.ID = ulid.Make().String()
	case d.External == "" && d.Codec == Native:
		d.External = d.ID
	}
	if d.Zone == "" {
		d.Zone = zoneIn(d.Name)
	}
	d.CreatedAt, d.RetiredAt = store.Now(), time.Time{}
	return d, d.validate()
}

func enrolInto(ctx context.Context, tx bun.Tx, d *Device, resident string, from time.Time) (secret string, err error) {
	if err := checkFree(ctx, tx, d); err != nil {
		return "", err
	}
	if d.HomeID != "" {
		if _, err := findHome(ctx, tx, d.HomeID); err != nil {
			return "", err
		}
	}
	row := rowOf(d)
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return "", err
	}
	if resident != "" {
		if err := wear(ctx, tx, d.ID, resident, from); err != nil {
			return "", err
		}
	}
	if !d.SignsIn() {
		return "", nil
	}
	return giveSecret(ctx, tx, d.ID)
}

// checkFree sees that neither the id nor the format's name is taken.
func checkFree(ctx context.Context, tx bun.Tx, d *Device) error {
	_, err := findDevice(ctx, tx, d.ID)
	if err == nil {
		return conflict(CodeDeviceExists, d.ID, "exists already", nil)
	}
	if !isNotFound(err) {
		return err
	}
	var other deviceRow
	err = tx.NewSelect().Model(&other).Where("codec = ?", d.Codec).Where("external = ?", d.External).
		Where("retired_at IS NULL").Scan(ctx)
	if noRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return conflict(CodeExternalTaken, d.ID, fmt.Sprintf("%s %q is already device %q: retire that first", d.Codec, d.External, other.ID),
		map[string]string{"device": other.ID})
}
