package panels

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store"
)

// sealed is the text of something that is signed, which is kept as it is and never
// written anew, and its seal.
func sealed(what any) (body, seal string, err error) {
	text, err := json.Marshal(what)
	if err != nil {
		return "", "", err
	}
	return string(text), sealOf(string(text)), nil
}

func sealOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// What the audit says of what was sealed.
const (
	anEvidence = "evidence"
	anOpinion  = "opinion"
	anAdvice   = "advice"
)

// witness writes into the audit, in the transaction of what it is about, that
// something was sealed: whoever alters it later cannot alter that without breaking
// the chain.
func (b *Book) witness(ctx context.Context, tx bun.Tx, user string, c *Consultation, what, seal string) error {
	return audit.AppendIn(ctx, tx, b.moment(), audit.Entry{
		Actor: user, Action: audit.Sign, Resident: c.Resident, Scope: "file", What: sealLine(what, c.ID, seal), Ground: ground(c.ID),
	})
}

func sealLine(what, consultation, seal string) string {
	return fmt.Sprintf("%s of consultation %s, sha256 %s", what, consultation, seal)
}

// verify checks that a text is the one that was sealed, by its own hash and by what
// the audit says. One that was altered is refused, and that is written down.
func (b *Book) verify(ctx context.Context, user string, c *Consultation, what, body, seal string, at time.Time) error {
	intact := sealOf(body) == seal
	if intact {
		// Nothing of a question is older than its id: who alters when something was signed
		// does not make it older than what the audit keeps.
		if id, err := ulid.ParseStrict(c.ID); err == nil && ulid.Time(id.Time()).After(at) {
			at = ulid.Time(id.Time())
		}
		known, err := b.log.Signed(ctx, sealLine(what, c.ID, seal), at)
		if err != nil {
			return err
		}
		intact = known
	}
	if intact {
		return nil
	}
	return b.altered(ctx, user, c, what)
}

// witnessed are the seals that the audit has of something in a consultation, each with the
// user who signed it. What is kept of it is to be read after that: each is there then.
func (b *Book) witnessed(ctx context.Context, what, consultation string) (map[string]string, error) {
	begin := sealLine(what, consultation, "")
	entries, err := b.log.Signatures(ctx, begin)
	if err != nil {
		return nil, err
	}
	seals := map[string]string{}
	for _, e := range entries {
		seals[strings.TrimPrefix(e.What, begin)] = e.Actor
	}
	return seals, nil
}

// foundAgain is after how long it is written down again that something is altered which
// nobody but the book itself has read.
const foundAgain = time.Hour

// altered writes down that something is not what was sealed, and refuses it.
func (b *Book) altered(ctx context.Context, user string, c *Consultation, what string) error {
	finding, now := fmt.Sprintf("the %s of consultation %s is not what was sealed", what, c.ID), b.moment()
	last, known := b.found.Load(finding)
	if user != "" || !known || now.Sub(last.(time.Time)) >= foundAgain {
		err := b.log.Append(ctx, audit.Entry{Actor: user, Action: audit.Read, Resident: c.Resident, Scope: "file", Refused: true, Reason: finding})
		if err != nil {
			return err
		}
		if user == "" {
			b.found.Store(finding, now)
		}
	}
	return &store.Fault{
		Kind: store.ErrConflict, Code: CodeAltered, Entity: "consultation", ID: c.ID,
		Detail: fmt.Sprintf("the %s that is kept is not what was signed: somebody has altered it, so it is not shown; an administrator finds out by anxin audit verify, and from a backup", what),
	}
}
