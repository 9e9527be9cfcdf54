package main

import (
	"cmp"
	"fmt"
	"text/tabwriter"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
)

type contactCommand struct {
	Add     contactAdd     `cmd:"" help:"Add a person who can be told; prints the id."`
	Channel contactChannel `cmd:"" help:"Add where a contact is reached; prints the id."`
	Care    contactCare    `cmd:"" help:"Put a contact into the care team of a resident."`
	List    contactList    `cmd:"" help:"List contacts and how they are reached."`
}

type contactAdd struct {
	stores
	Name     string `arg:"" help:"The person's name."`
	ID       string `help:"Letters, digits and hyphens; default one is made up."`
	User     string `help:"Login of the user who is this person."`
	Language string `help:"In which they are told, en or zh-CN; default that of the resident."`
	TimeZone string `help:"Where they live; default Asia/Shanghai."`
}

func (c *contactAdd) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	contact := records.Contact{ID: c.ID, Name: c.Name, Language: c.Language, TimeZone: cmp.Or(c.TimeZone, defaultTimeZone)}
	if c.User != "" {
		user, err := s.Users.ByLogin(e.ctx, c.User)
		if err != nil {
			return err
		}
		contact.User = user.ID
	}
	if contact, err = s.People.AddContact(e.ctx, contact); err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, contact.ID)
	return err
}

type contactChannel struct {
	stores
	Contact string `arg:"" help:"Contact id."`
	Kind    string `arg:"" enum:"email,webhook,chat,sms,speaker,webpush" help:"email, webhook, chat, sms, speaker or webpush."`
	Address string `arg:"" help:"In the form of the kind: a mailbox, a URL, a telephone number, a device."`
	Label   string `help:"What its person calls it."`
	Trusted bool   `help:"Details of somebody's health may go over it."`
	From    string `enum:"info,warning,critical" default:"info" help:"The mildest severity that it is used for."`

	ChatHosts    []string `name:"chat-hosts" env:"ANXIN_CHAT_HOSTS" placeholder:"HOST" help:"As the service has it."`
	TellNetworks []string `name:"tell-networks" env:"ANXIN_TELL_NETWORKS" placeholder:"NETWORK" help:"As the service has it."`
}

func (c *contactChannel) Run(e *env) error {
	s, err := c.openWith(e, service.Config{ChatHosts: c.ChatHosts, TellNetworks: c.TellNetworks})
	if err != nil {
		return err
	}
	defer s.Close()
	from, err := records.ParseSeverity(c.From)
	if err != nil {
		return err
	}
	added, err := s.People.AddChannel(e.ctx, records.Channel{
		Contact: c.Contact, Kind: records.ChannelKind(c.Kind), Address: c.Address, Label: c.Label, Trusted: c.Trusted, From: from,
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, added.ID)
	return err
}

type contactCare struct {
	stores
	Contact  string `arg:"" help:"Contact id."`
	Resident string `arg:"" help:"Resident id."`
	As       string `enum:"family,neighbour,caregiver,doctor,resident" default:"family" help:"family, neighbour, caregiver, doctor or resident."`
	Place    int    `help:"Where they come in the order in which people are told, from 1; default the end."`
	Remove   bool   `help:"They are not in the care team any more."`
}

func (c *contactCare) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	if c.Remove {
		return s.People.RemoveMember(e.ctx, c.Resident, c.Contact, "")
	}
	err = s.People.SetMember(e.ctx, records.Membership{Resident: c.Resident, Contact: c.Contact, Relation: records.Relation(c.As), Place: c.Place})
	if err != nil || records.Relation(c.As) != records.AsNeighbour {
		return err
	}
	return c.sayWhere(e, s)
}

// sayWhere says where a neighbour is asked to ring, and warns where that is not known.
func (c *contactCare) sayWhere(e *env, s *service.Service) error {
	resident, err := s.Residents.Get(e.ctx, c.Resident)
	if err != nil {
		return err
	}
	if resident.HomeID == "" {
		_, err = fmt.Fprintf(e.stderr, "%s has no home: a neighbour is asked to ring and cannot be told where\n", c.Resident)
		return err
	}
	home, err := s.Registry.Home(e.ctx, resident.HomeID)
	if err == nil {
		_, err = fmt.Fprintf(e.stdout, "asked to ring at %s\n", home.Name)
	}
	return err
}

type contactList struct{ stores }

func (c *contactList) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	contacts, err := s.People.Contacts(e.ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tCHANNEL\tADDRESS\tLAST WORKED")
	for _, contact := range contacts {
		if len(contact.Channels) == 0 {
			fmt.Fprintf(w, "%s\t%s\t\t\tcannot be reached\n", contact.ID, contact.Name)
		}
		for _, channel := range contact.Channels {
			worked := "never"
			if !channel.WorkedAt.IsZero() {
				worked = channel.WorkedAt.In(contact.Zone()).Format(clock)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", contact.ID, contact.Name, channel.Kind, channel.Masked(), worked)
		}
	}
	return w.Flush()
}
