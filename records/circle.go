package records

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// Circle is everybody around a resident, or a home, at one moment. It names the
// contacts, not the resident.
type Circle struct {
	// Resident is an id; "" in the circle of a home.
	Resident string
	// Home is where the resident lives, "" when not known, and HomeName what people
	// call it, "5-2".
	Home, HomeName string
	// Zone and Language are the resident's, or the home's. The language may be "".
	Zone     *time.Location
	Language string
	// Team is who looks after the resident; nil when no team does.
	Team *Team
	// Members are the care team, in the order in which they are told.
	Members []Member
	// OnDuty are who of the team is on duty by the roster, Staff is the whole team;
	// each ordered by name.
	OnDuty, Staff []Contact
	// Supervisor is the team's; nil when it has none. Whose user is disabled is none of
	// these, nor the holder.
	Supervisor *Contact
	// Holder is who has accepted the duty token, until HolderUntil; nil when nobody
	// has it.
	Holder      *Contact
	HolderUntil time.Time
}

// Circle is everybody around a resident at a moment; ErrNotFound when there is
// no such resident. It reads in db, which may be a transaction.
func (p *People) Circle(ctx context.Context, db bun.IDB, resident string, at time.Time) (Circle, error) {
	if _, err := find(ctx, db, resident); err != nil {
		return Circle{}, fmt.Errorf("read who is around %w", about("resident", resident, err))
	}
	all, err := p.Circles(ctx, db, at, resident)
	if err != nil {
		return Circle{}, err
	}
	return all[resident], nil
}

// CircleNow is everybody around a resident now.
func (p *People) CircleNow(ctx context.Context, resident string) (Circle, error) {
	return p.Circle(ctx, p.db, resident, p.now())
}

// Circles are the circles of all residents, or of those that are named, by the
// resident's id. Who is not there has none.
func (p *People) Circles(ctx context.Context, db bun.IDB, at time.Time, residents ...string) (map[string]Circle, error) {
	found, err := residentsNamed(ctx, db, residents)
	if err == nil && len(found) > 0 {
		var around *surroundings
		if around, err = readSurroundings(ctx, db, at, residents); err == nil {
			all := make(map[string]Circle, len(found))
			for _, r := range found {
				all[r.ID] = around.circle(r)
			}
			return all, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read who is around residents: %w", err)
	}
	return nil, nil
}

// HomeCircle is who is told of a home itself, or of a device in it: the teams of
// those who live there, or the service's staff when there is no team. It has no
// care team and no holder, and of several teams the first one's supervisor.
func (p *People) HomeCircle(ctx context.Context, db bun.IDB, home string, at time.Time) (Circle, error) {
	all, err := p.HomeCircles(ctx, db, at, home)
	return all[home], err
}

// HomeCircles are the circles of homes, by their ids.
func (p *People) HomeCircles(ctx context.Context, db bun.IDB, at time.Time, homes ...string) (map[string]Circle, error) {
	all, err := p.homeCircles(ctx, db, at, homes)
	if err != nil {
		return nil, fmt.Errorf("read who is around homes: %w", err)
	}
	return all, nil
}

func (p *People) homeCircles(ctx context.Context, db bun.IDB, at time.Time, homes []string) (map[string]Circle, error) {
	all := make(map[string]Circle, len(homes))
	for _, home := range homes {
		all[home] = Circle{Home: home, Zone: time.UTC}
	}
	if len(homes) == 0 {
		return all, nil
	}
	var rows []homeRow
	if err := db.NewSelect().Model(&rows).Where("id IN (?)", bun.In(homes)).Scan(ctx); err != nil {
		return nil, err
	}
	for _, row := range rows {
		all[row.ID] = Circle{Home: row.ID, HomeName: row.Name, Zone: zoneNamed(row.TimeZone)}
	}
	var living []residentRow
	if err := db.NewSelect().Model(&living).Column("id", "home").Where("home IN (?)", bun.In(homes)).Where("merged_into IS NULL").Order("id").Scan(ctx); err != nil {
		return nil, err
	}
	ids := make([]string, len(living))
	for i := range living {
		ids[i] = living[i].ID
	}
	if len(ids) > 0 {
		of, err := p.Circles(ctx, db, at, ids...)
		if err != nil {
			return nil, err
		}
		for i := range living {
			circle := all[living[i].Home]
			circle.join(of[living[i].ID])
			all[living[i].Home] = circle
		}
	}
	return all, p.staffHomes(ctx, db, all)
}

// staffHomes puts the service's staff into the circles of homes that no team looks
// after.
func (p *People) staffHomes(ctx context.Context, db bun.IDB, all map[string]Circle) error {
	var staff []Contact
	for home, circle := range all {
		if len(circle.Staff) > 0 || circle.Supervisor != nil {
			continue
		}
		if staff == nil {
			var err error
			if staff, err = p.ServiceStaff(ctx, db); err != nil {
				return err
			}
		}
		circle.Staff = slices.Clone(staff)
		all[home] = circle
	}
	return nil
}

// join adds the team of one who lives in the home.
func (c *Circle) join(of Circle) {
	if c.Language == "" {
		c.Language = of.Language
	}
	if c.Team == nil {
		c.Team = of.Team
	}
	if c.Supervisor == nil {
		c.Supervisor = of.Supervisor
	}
	c.OnDuty, c.Staff = mergeContacts(c.OnDuty, of.OnDuty), mergeContacts(c.Staff, of.Staff)
}

func mergeContacts(list, more []Contact) []Contact {
	for _, m := range more {
		if !slices.ContainsFunc(list, func(c Contact) bool { return c.ID == m.ID }) {
			list = append(list, m)
		}
	}
	sortContacts(list)
	return list
}

// ServiceStaff are the contacts of the administrators, who answer for the
// service itself, ordered by name.
func (p *People) ServiceStaff(ctx context.Context, db bun.IDB) ([]Contact, error) {
	list, err := readContacts(ctx, db, func(q *bun.SelectQuery) {
		q.Where("c.user_id IN (SELECT id FROM users WHERE role = ?)", Administrator)
	})
	if err != nil {
		return nil, fmt.Errorf("read the service's staff: %w", err)
	}
	return slices.DeleteFunc(list, func(c Contact) bool { return c.Disabled }), nil
}

// homeRow is what a circle needs of a home, which the registry of devices keeps.
type homeRow struct {
	bun.BaseModel `bun:"table:homes"`

	ID       string `bun:"id,pk"`
	Name     string `bun:"name"`
	TimeZone string `bun:"time_zone"`
}

// surroundings are what circles are made of, read for all of them at once.
type surroundings struct {
	at       time.Time
	homes    map[string]string // names
	contacts map[string]Contact
	members  map[string][]memberRow // by resident
	withheld map[Addressee]bool     // who may not be told
	teamOf   map[string]string      // by resident
	teams    map[string]Team
	staff    map[string][]string // by team
	rosters  map[string]Roster   // by team
	held     map[string]dutyRow  // by resident
}

func readSurroundings(ctx context.Context, db bun.IDB, at time.Time, residents []string) (*surroundings, error) {
	s := &surroundings{
		at: at, homes: map[string]string{}, contacts: map[string]Contact{}, members: map[string][]memberRow{},
		teamOf: map[string]string{}, held: map[string]dutyRow{},
	}
	steps := []func(context.Context, bun.IDB, []string) error{s.readHomes, s.readCareTeams, s.readConsents, s.readTeams, s.readHolders, s.readContacts}
	for _, read := range steps {
		if err := read(ctx, db, residents); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *surroundings) readHomes(ctx context.Context, db bun.IDB, residents []string) error {
	var homes []homeRow
	query := db.NewSelect().Model(&homes)
	if len(residents) > 0 {
		query.Where("id IN (SELECT home FROM residents WHERE id IN (?))", bun.In(residents))
	}
	err := query.Scan(ctx)
	for _, h := range homes {
		s.homes[h.ID] = h.Name
	}
	return err
}

func (s *surroundings) readCareTeams(ctx context.Context, db bun.IDB, residents []string) error {
	var rows []memberRow
	err := ofResidents(db.NewSelect().Model(&rows), residents).Order("n", "contact").Scan(ctx)
	for _, row := range rows {
		s.members[row.Resident] = append(s.members[row.Resident], row)
	}
	return err
}

// readConsents finds those of the care teams who may not be told of alerts.
func (s *surroundings) readConsents(ctx context.Context, db bun.IDB, residents []string) (err error) {
	s.withheld, err = withheld(ctx, db, s.at, residents)
	return err
}

func (s *surroundings) readTeams(ctx context.Context, db bun.IDB, residents []string) error {
	var rows []teamResidentRow
	if err := ofResidents(db.NewSelect().Model(&rows), residents).Scan(ctx); err != nil {
		return err
	}
	var teams []string
	for _, row := range rows {
		s.teamOf[row.Resident] = row.Team
		teams = append(teams, row.Team)
	}
	slices.Sort(teams)
	teams = slices.Compact(teams)
	var err error
	if s.teams, err = readTeams(ctx, db, teams); err != nil {
		return err
	}
	if s.staff, err = readTeamMembers(ctx, db, teams); err != nil {
		return err
	}
	s.rosters, err = readRosters(ctx, db, s.teams, s.at, s.at)
	return err
}

func (s *surroundings) readHolders(ctx context.Context, db bun.IDB, residents []string) error {
	var rows []dutyRow
	err := ofResidents(db.NewSelect().Model(&rows), residents).Where("accepted_at IS NOT NULL").Where("accepted_at <= ?", s.at.UnixMilli()).
		Where("ended_at IS NULL").Where("until > ?", s.at.UnixMilli()).Scan(ctx)
	for _, row := range rows {
		s.held[row.Resident] = row
	}
	return err
}

// readContacts reads all who were named by the steps before.
func (s *surroundings) readContacts(ctx context.Context, db bun.IDB, _ []string) error {
	var ids []string
	for _, members := range s.members {
		for _, m := range members {
			ids = append(ids, m.Contact)
		}
	}
	for _, team := range s.teams {
		ids = append(ids, s.staff[team.ID]...)
		if team.Supervisor != "" {
			ids = append(ids, team.Supervisor)
		}
	}
	for _, row := range s.held {
		ids = append(ids, row.Contact)
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	list, err := readContacts(ctx, db, func(q *bun.SelectQuery) { q.Where("c.id IN (?)", bun.In(slices.Compact(ids))) })
	for _, c := range list {
		s.contacts[c.ID] = c
	}
	return err
}

func (s *surroundings) circle(r residentRow) Circle {
	c := Circle{Resident: r.ID, Home: r.Home, HomeName: s.homes[r.Home], Zone: zoneNamed(r.TimeZone), Language: r.Language}
	for _, row := range s.members[r.ID] {
		if who, ok := s.contacts[row.Contact]; ok {
			m := row.member(who)
			m.Withheld = who.Disabled || s.withheld[Addressee{r.ID, row.Contact}]
			c.Members = append(c.Members, m)
		}
	}
	if team, ok := s.teams[s.teamOf[r.ID]]; ok {
		c.Team = &team
		c.Staff = s.named(s.staff[team.ID])
		c.OnDuty = s.named(s.rosters[team.ID].OnDuty(s.at))
		c.Supervisor = s.one(team.Supervisor)
	}
	if row, ok := s.held[r.ID]; ok {
		c.Holder, c.HolderUntil = s.one(row.Contact), row.token().Until
	}
	return c
}

func (s *surroundings) one(id string) *Contact {
	if c, ok := s.contacts[id]; ok && !c.Disabled {
		return &c
	}
	return nil
}

func (s *surroundings) named(ids []string) []Contact {
	var list []Contact
	for _, id := range ids {
		if c, ok := s.contacts[id]; ok && !c.Disabled {
			list = append(list, c)
		}
	}
	sortContacts(list)
	return list
}
