package devices

import (
	"context"
	"encoding/hex"
	"fmt"
	"hash/maphash"
	"math"
	"slices"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// snapshot is the devices in use at one version of the tables. It never
// changes; the next version is another snapshot.
type snapshot struct {
	version int64
	byName  map[name]*entry
	byID    map[string]*entry
	homeOf  map[string]string // by resident
	nobody  credential        // is compared for unknown logins
}

// name is how a format names a device.
type name struct{ codec, external string }

// entry is what there is to know about one device.
type entry struct {
	device     Device
	class      string   // of its kind
	fixedFrom  int64    // Unix milliseconds
	fixed      []string // who lives where it is fixed
	worn       []span   // in the order of time
	credential credential
	grant      Grant
}

// span is a time during which somebody wears the device: from <= t < to.
type span struct {
	from, to int64
	wearer   []string // one
}

func (e *entry) residentsAt(at int64) []string {
	for i := len(e.worn) - 1; i >= 0; i-- {
		if s := &e.worn[i]; at >= s.from {
			if at < s.to {
				return s.wearer
			}
			break
		}
	}
	if at >= e.fixedFrom {
		return e.fixed
	}
	return nil
}

var assignmentSeed = maphash.MakeSeed()

// assignment is a digest of whose the device is and ever was.
func (e *entry) assignment() uint64 {
	var h maphash.Hash
	h.SetSeed(assignmentSeed)
	maphash.WriteComparable(&h, e.device.ID)
	maphash.WriteComparable(&h, e.fixedFrom)
	for _, resident := range e.fixed {
		maphash.WriteComparable(&h, resident)
	}
	for _, s := range e.worn {
		maphash.WriteComparable(&h, [2]int64{s.from, s.to})
		maphash.WriteComparable(&h, s.wearer[0])
	}
	return h.Sum64()
}

func (s *snapshot) authenticate(login, password string) (Grant, bool) {
	e, ok := s.byID[login]
	if !ok || len(e.credential.hash) == 0 {
		s.nobody.fits(password)
		return Grant{}, false
	}
	return e.grant, e.credential.fits(password)
}

type loadedDevice struct {
	deviceRow `bun:",extend"`

	Salt string `bun:"salt"`
	Hash string `bun:"hash"`
}

type loadedResident struct {
	ID   string `bun:"id"`
	Home string `bun:"home"`
}

// load reads a snapshot.
func load(ctx context.Context, db *store.DB) (*snapshot, error) {
	var (
		version  int64
		devices  []loadedDevice
		wearings []wearingRow
		living   []loadedResident
	)
	err := db.View(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		// The function may run again.
		devices, wearings, living = nil, nil, nil
		if version, err = readVersion(ctx, tx); err != nil {
			return err
		}
		err = tx.NewRaw(`SELECT d.*, coalesce(c.salt, '') AS salt, coalesce(c.hash, '') AS hash
			FROM devices d LEFT JOIN credentials c ON c.device = d.id WHERE d.retired_at IS NULL`).Scan(ctx, &devices)
		if err != nil {
			return fmt.Errorf("read the devices: %w", err)
		}
		err = tx.NewRaw(`SELECT w.* FROM wearings w JOIN devices d ON d.id = w.device
			WHERE d.retired_at IS NULL ORDER BY w.from_at`).Scan(ctx, &wearings)
		if err != nil {
			return fmt.Errorf("read who wears them: %w", err)
		}
		// The residents' table belongs to records. The registry reads who lives
		// where, and records tells it (Touch, Changed) when that changes.
		err = tx.NewRaw("SELECT id, home FROM residents WHERE home IS NOT NULL AND merged_into IS NULL").Scan(ctx, &living)
		if err != nil {
			return fmt.Errorf("read who lives where: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return assemble(version, devices, wearings, living)
}

func assemble(version int64, devices []loadedDevice, wearings []wearingRow, living []loadedResident) (*snapshot, error) {
	byHome, homeOf := map[string][]string{}, make(map[string]string, len(living))
	for _, r := range living {
		homeOf[r.ID] = r.Home
		byHome[r.Home] = append(byHome[r.Home], r.ID)
	}
	for _, residents := range byHome {
		slices.Sort(residents)
	}
	s := &snapshot{
		version: version,
		homeOf:  homeOf,
		byName:  make(map[name]*entry, len(devices)),
		byID:    make(map[string]*entry, len(devices)),
		nobody:  newCredential(newSecret()),
	}
	entries := make([]entry, len(devices))
	for i := range devices {
		row, e := &devices[i], &entries[i]
		e.device = row.device()
		e.class = ClassOf(e.device.Kind)
		e.fixedFrom = row.FixedAt
		e.fixed = byHome[row.Home]
		e.grant = grantOf(&e.device)
		if row.Hash != "" {
			var err error
			if e.credential, err = decodeCredential(row.Salt, row.Hash); err != nil {
				return nil, fmt.Errorf("read the credential of device %q: %w", row.ID, err)
			}
		}
		s.byID[e.device.ID] = e
		s.byName[name{e.device.Codec, e.device.External}] = e
	}
	wearers := map[string][]string{} // one slice for each resident
	for _, w := range wearings {
		wearer, ok := wearers[w.Resident]
		if !ok {
			wearer = []string{w.Resident}
			wearers[w.Resident] = wearer
		}
		to := w.ToAt
		if to == 0 {
			to = math.MaxInt64
		}
		e := s.byID[w.Device]
		e.worn = append(e.worn, span{from: w.FromAt, to: to, wearer: wearer})
	}
	return s, nil
}

func decodeCredential(salt, hash string) (c credential, err error) {
	if c.salt, err = hex.DecodeString(salt); err != nil {
		return c, err
	}
	c.hash, err = hex.DecodeString(hash)
	return c, err
}
