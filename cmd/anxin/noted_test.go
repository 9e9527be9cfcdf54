package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store/storetest"
)

// Each command that names residents writes down what it does with what is kept of them,
// or is named here with how else that is done.
func TestCommandsAboutResidentsAreNoted(t *testing.T) {
	elsewhere := map[string]string{
		"resident add": "notes it when there is an id", "resident export": "as an export", "resident erase": "as an erasure",
		"device reattribute": "at both residents, with both versions", "device add": "notes it where somebody wears it", "device claim": "likewise",
		"team add": "notes each", "simulate": "is of simulated residents",
		"rules backtest": "shows figures over residents", "rules budget": "likewise",
		"audit list": "is the audit", "reminder today": "lists everybody's",
	}
	parser, err := kong.New(&cli{}, kong.Vars{"version": "test", "zones": zones()})
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range parser.Model.Leaves(true) {
		name, _, _ := strings.Cut(leaf.Path(), " <")
		names := strings.HasPrefix(name, "resident ") && slices.ContainsFunc(leaf.Positional, func(v *kong.Value) bool { return v.Name == "id" })
		for _, v := range slices.Concat(leaf.Positional, values(leaf.Flags)) {
			names = names || strings.HasPrefix(v.Name, "resident")
		}
		_, notes := leaf.Target.Addr().Interface().(touching)
		if _, said := elsewhere[name]; names && notes == said {
			t.Errorf("anxin %s names a resident: noted %t, elsewhere %t", name, notes, said)
		}
		delete(elsewhere, name)
	}
	for name := range elsewhere {
		t.Errorf("there is no anxin %s", name)
	}
}

func values(flags []*kong.Flag) (all []*kong.Value) {
	for _, f := range flags {
		all = append(all, f.Value)
	}
	return all
}

func TestWhatACommandDoesIsInTheAudit(t *testing.T) {
	data := folder(t)
	command := commandsOn(t, data)
	for _, args := range []string{"resident add Li --id li", "resident set li --condition copd", "resident show li", "device add band --resident li", "device take-off band", "device list"} {
		if out, err := command(strings.Fields(args)...); err != nil {
			t.Fatalf("%s: %s, %v", args, out, err)
		}
	}
	db := storetest.Open(t, data)
	list, err := audit.NewLog(db, nil).List(t.Context(), audit.Query{Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	type line struct {
		what, resident string
		action         audit.Action
	}
	var got []line
	for _, e := range list {
		if e.Via != audit.Command || e.Ground != operator {
			t.Errorf("%+v", e)
		}
		got = append(got, line{e.What, e.Resident, e.Action})
	}
	slices.Reverse(got)
	want := []line{
		{"anxin resident add", "li", audit.Change}, {"anxin resident set", "li", audit.Change}, {"anxin resident show", "li", audit.Read},
		{"anxin device add", "li", audit.Change}, {"anxin device take-off", "li", audit.Change}, {"anxin device list", "", audit.Read},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
