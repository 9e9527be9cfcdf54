package main

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"text/tabwriter"
	"time"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store"
)

type auditCommand struct {
	Verify auditVerify `cmd:"" help:"Check that nothing of the audit was altered or taken out; prints its last hash."`
	List   auditList   `cmd:"" help:"List who saw and changed what, the newest first."`
}

type auditVerify struct {
	stores
	Holds string `help:"A hash that was printed earlier: the audit must still go through it."`
}

// errAudit makes the command fail when the audit does not hold.
var errAudit = errors.New("the audit does not hold: restore it from a backup, and find out who has written to the database")

// opened opens records that are there: an audit that is made just now says nothing.
func (s *stores) opened(e *env) (*service.Service, error) {
	if !(store.Config{Dir: s.DataDir, URL: s.DatabaseURL}).Exists() {
		return nil, fmt.Errorf("there are no records in %s: name the folder of the service by --data-dir", s.DataDir)
	}
	return s.open(e)
}

var hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (c *auditVerify) Run(e *env) error {
	if c.Holds != "" && !hashForm.MatchString(c.Holds) {
		return fmt.Errorf("--holds %s: want a hash as anxin audit verify prints it, 64 hexadecimal digits", c.Holds)
	}
	s, err := c.opened(e)
	if err != nil {
		return err
	}
	defer s.Close()
	found, err := audit.Verify(e.ctx, s.Records)
	if _, broken := errors.AsType[*audit.Broken](err); broken {
		return errors.Join(err, errAudit)
	}
	if err != nil {
		return err
	}
	if c.Holds != "" {
		known, err := s.Audit.Has(e.ctx, c.Holds)
		if err != nil {
			return err
		}
		if !known {
			return fmt.Errorf("the audit is whole, and does not go through %s: it was made anew, or that hash is older than what is kept: %w", c.Holds, errAudit)
		}
	}
	if found.Entries == 0 {
		_, err = fmt.Fprintln(e.stdout, "The audit is whole: it has no entries yet.")
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "The audit is whole: %d entries from %s to %s.\nNote its last hash elsewhere, and check it later by --holds:\n%s\n",
		found.Entries, found.From.Local().Format(time.DateTime), found.To.Local().Format(time.DateTime), found.Last)
	return err
}

type auditList struct {
	stores
	Resident string `help:"Only about this resident."`
	Actor    string `help:"Only what this user did, by id."`
	Action   string `help:"Only this: read, change, export, erase, tell, consent, break_glass, review, sign, sign_in, sign_out, account."`
	Limit    int    `default:"100" help:"At most so many."`
}

func (c *auditList) Run(e *env) error {
	s, err := c.opened(e)
	if err != nil {
		return err
	}
	defer s.Close()
	list, err := s.Audit.List(e.ctx, audit.Query{Resident: c.Resident, Actor: c.Actor, Action: audit.Action(c.Action), Limit: c.Limit})
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SEQ\tTIME\tACTOR\tACTION\tRESIDENT\tSCOPE\tGROUND\tVIA\tWHAT")
	for _, x := range list {
		ground := x.Ground
		if x.Refused {
			ground = "refused"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", x.Seq, x.At.Local().Format(time.DateTime), cmp.Or(x.Actor, "-"), x.Action,
			cmp.Or(x.Resident, "-"), cmp.Or(x.Scope, "-"), cmp.Or(ground, "-"), x.Via, x.What)
	}
	return w.Flush()
}
