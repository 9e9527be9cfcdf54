package main

import (
	"context"
	"fmt"
	"time"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/reports"
	"github.com/anxin-care/anxin/simulate"
)

// demoFamilies are children of the demo's residents, in their order. All are made
// up.
var demoFamilies = []string{"李小红", "王志远", "陈晓梅", "陈晓梅", "刘海燕", "张丽", "赵建平", "周晓峰", "吴敏", "孙卫东", "黄雅琴", "郑国强"}

// demoStaff look after the neighbourhood: two by day, two by night, and the one
// who leads them.
var demoStaff = []struct{ id, name string }{
	{"staff-day-1", "林护士"}, {"staff-day-2", "何护士"}, {"staff-night-1", "徐护士"}, {"staff-night-2", "马护士"}, {"staff-lead", "高主任"},
}

// peopled gives the neighbourhood families, neighbours and a team with a roster. The
// first resident has a son far away, too, who speaks English.
// The users are who sign in: the family is the first resident's, the caregiver
// works by day, and the administrator leads.
func peopled(ctx context.Context, s *service.Service, homes simulate.Homes, users map[string]string) error {
	known := map[string]string{} // contacts by name
	for i, r := range homes.Residents {
		name := demoFamilies[i]
		if known[name] == "" {
			user := ""
			if i == 0 {
				user = users["family"]
			}
			id, err := demoContact(ctx, s, fmt.Sprintf("family-%s", r.ID), name, user, inChina)
			if err != nil {
				return err
			}
			known[name] = id
		}
		relation := records.AsFamily
		if i == 0 { // the daughter who signs in decides with her mother: consents, and who has looked
			relation = records.AsManager
		}
		if err := s.People.SetMember(ctx, records.Membership{Resident: r.ID, Contact: known[name], Relation: relation}); err != nil {
			return err
		}
	}
	son, err := demoContact(ctx, s, "son-"+homes.Residents[0].ID, "David Li", "", records.Contact{Language: "en", TimeZone: "Europe/London"})
	if err != nil {
		return err
	}
	if err := s.People.SetMember(ctx, records.Membership{Resident: homes.Residents[0].ID, Contact: son, Relation: records.AsFamily}); err != nil {
		return err
	}
	for _, who := range []string{known[demoFamilies[0]], son} {
		if err := s.People.SetWishes(ctx, homes.Residents[0].ID, who, records.Wishes{Weekly: true}); err != nil {
			return err
		}
	}
	// Everybody rings at the door of the next resident of another home.
	for i, r := range homes.Residents {
		next := homes.Residents[(i+2)%len(homes.Residents)]
		if i%3 != 0 || next.Home == r.Home {
			continue
		}
		id, err := demoContact(ctx, s, "neighbour-"+r.ID, "邻居 "+next.Name, "", inChina)
		if err != nil {
			return err
		}
		if err := s.People.SetMember(ctx, records.Membership{Resident: r.ID, Contact: id, Relation: records.AsNeighbour}); err != nil {
			return err
		}
	}
	return demoTeam(ctx, s, homes, users)
}

func demoTeam(ctx context.Context, s *service.Service, homes simulate.Homes, users map[string]string) error {
	team := records.TeamFile{Team: records.Team{ID: "lotus-street", Name: "荷花街 Lotus Street", TimeZone: "Asia/Shanghai"}}
	for _, r := range homes.Residents {
		team.Residents = append(team.Residents, r.ID)
	}
	for _, who := range demoStaff {
		user := map[string]string{"staff-day-1": users["caregiver"], "staff-lead": users["admin"]}[who.id]
		id, err := demoContact(ctx, s, who.id, who.name, user, inChina)
		if err != nil {
			return err
		}
		team.Members = append(team.Members, id)
		team.Supervisor = id // the last one leads
	}
	if _, err := s.People.AddTeam(ctx, team); err != nil {
		return err
	}
	var shifts []records.Shift
	for day := time.Sunday; day <= time.Saturday; day++ {
		pair := int(day) % 2
		shifts = append(shifts,
			records.Shift{Contact: demoStaff[pair].id, Weekday: day, Hours: records.Hours{From: 8 * 60, To: 20 * 60}},
			records.Shift{Contact: demoStaff[2+pair].id, Weekday: day, Hours: records.Hours{From: 20 * 60, To: 8 * 60}})
	}
	return s.People.SetShifts(ctx, team.ID, shifts)
}

// inChina is where most of the demo's people are.
var inChina = records.Contact{Language: "zh-CN", TimeZone: "Asia/Shanghai"}

// demoContact adds somebody who is reached by an e-mail to the demo's mailbox, and
// who speaks the language of like, and lives where that does.
func demoContact(ctx context.Context, s *service.Service, id, name, user string, like records.Contact) (string, error) {
	like.ID, like.Name, like.User = id, name, user
	c, err := s.People.AddContact(ctx, like)
	if err != nil {
		return "", err
	}
	_, err = s.People.AddChannel(ctx, records.Channel{Contact: c.ID, Kind: records.Email, Address: id + "@example.org", Trusted: true})
	return c.ID, err
}

// demoWeek tells the first resident's children now what they would be told on Monday:
// what the last week was like.
func demoWeek(ctx context.Context, s *service.Service, homes simulate.Homes, now time.Time) error {
	first := homes.Residents[0].ID
	week := reports.WeekOf(now.UTC()).Plus(-1)
	for _, contact := range []string{"family-" + first, "son-" + first} {
		if err := s.TellWeek(ctx, records.Addressee{Resident: first, Contact: contact}, week, now.Add(24*time.Hour)); err != nil {
			return err
		}
	}
	return nil
}
