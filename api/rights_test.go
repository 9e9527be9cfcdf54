package api_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/rights"
	"github.com/anxin-care/anxin/store"
)

// desk stands for what carries out the rights of residents: it says what it was asked.
type desk struct{ asked []string }

func (d *desk) Export(_ context.Context, w io.Writer, resident string, kinds []string) error {
	_, err := io.WriteString(w, resident+" "+strings.Join(kinds, ","))
	return err
}

func (d *desk) Erase(_ context.Context, resident, by, reason string) (rights.Erasure, error) {
	d.asked = append(d.asked, resident+" by "+by+": "+reason)
	return rights.Erasure{ID: "e-1", Resident: resident, AskedBy: by, Reason: reason, Places: []rights.Place{}}, nil
}

func (d *desk) Erasure(_ context.Context, id string) (rights.Erasure, error) {
	return rights.Erasure{}, store.NotFound("erasure", id)
}

func (d *desk) Erasures(context.Context) ([]rights.Erasure, error) {
	return []rights.Erasure{{ID: "e-1", Resident: "wang", DoneAt: noon, Hash: "ab"}}, nil
}

func (d *desk) Disclosures(context.Context, string, int) ([]rights.Disclosure, error) {
	return []rights.Disclosure{{At: noon, Kind: "copy", User: "u-1"}}, nil
}

func (d *desk) Processing(context.Context) (rights.Processing, error) {
	return rights.Processing{MadeAt: noon}, nil
}

// What goes out is what the asker may be given, and it is in the audit before it goes.
func TestACopyHoldsWhatTheAskerMaySee(t *testing.T) {
	for _, test := range []struct {
		who  actor
		want string
	}{
		{actor{role: records.Family, relation: "resident"}, "li status,vitals,alerts,file,documents"},
		{actor{role: records.Family, relation: "family_manager"}, "li status,vitals,alerts,file,documents"},
		{actor{role: records.Family, relation: "family_manager", scopes: `["status","file"]`}, "li status,file"},
	} {
		w := newWorld(t)
		token, _ := w.become(test.who)
		resp, body := w.request("GET", "/api/v1/residents/li/export", "", token)
		if resp.StatusCode != http.StatusOK || body != test.want || resp.Header.Get("Content-Type") != "application/zip" {
			t.Errorf("%+v is given %q, %d, want %q", test.who, body, resp.StatusCode, test.want)
		}
		if name := resp.Header.Get("Content-Disposition"); !strings.Contains(name, `filename="li-`+noon.Format(time.DateOnly)+`.zip"`) {
			t.Errorf("the zip is called %s", name)
		}
		var entries []api.AuditEntry
		w.ask(records.Administrator, "GET", "/residents/li/audit", "", http.StatusOK, &entries)
		exports := 0
		for _, e := range entries {
			if e.Action == "export" && !e.Refused {
				exports++
			}
		}
		if exports != 1 {
			t.Errorf("%d exports are in the audit, want one", exports)
		}
	}
}

func TestAnErasureIsConfirmed(t *testing.T) {
	d := &desk{}
	w := newWorld(t, func(c *api.Config) { c.Rights = d })
	w.ask(records.Administrator, "POST", "/residents/li/erasure", `{"confirm":"lo","reason":"asked for it"}`, http.StatusUnprocessableEntity, nil)
	w.ask(records.Administrator, "POST", "/residents/li/erasure", `{"confirm":"li"}`, http.StatusUnprocessableEntity, nil)
	w.ask(records.Caregiver, "POST", "/residents/li/erasure", `{"confirm":"li","reason":"asked for it"}`, http.StatusForbidden, nil)
	if len(d.asked) != 0 {
		t.Fatalf("erased: %v", d.asked)
	}
	var one api.Erasure
	w.ask(records.Administrator, "POST", "/residents/li/erasure", `{"confirm":"li","reason":"asked for it"}`, http.StatusAccepted, &one)
	if len(d.asked) != 1 || !strings.HasSuffix(d.asked[0], ": asked for it") || one.Done || one.AskedBy == "" {
		t.Errorf("asked %v, answered %+v", d.asked, one)
	}
}
