package main

import (
	"strings"
	"testing"
)

func TestASecondFileOnTheCommandLine(t *testing.T) {
	command := commands(t)
	for _, step := range []struct {
		args string
		want string // in the output, its words set apart by one space
		err  string
	}{
		{"resident add 王秀英 --id wang --birth-date 1941-03-05 --home h-1", "wang", ""},
		{"resident add WangXiuying --id wang-2 --birth-date 1941-03-05", "wang 王秀英 1941-03-05 birth, name sound", "there may be a file"},
		{"resident add WangXiuying --id wang-2 --birth-date 1941-03-05 --not-duplicate-of wang", "wang-2", ""},
		{"resident duplicates", "", ""},
		{"resident move wang h-2 --room 3 --reason stairs", `wang lives at "h-2" now`, ""},
		{"resident move nobody h-2", "", "not found"},
		{"resident list", "wang 王秀英 h-2", ""},
		{"resident move wang", `wang lives at "" now`, ""},
		{"resident correct wang-2 --name 王秀瑛 --birth-date 1950-01-09", "", ""},
		{"resident correct wang-2 --birth-date soon", "", "birth date"},
		{"resident list", "wang-2 王秀瑛", ""},
	} {
		out, err := command(strings.Fields(step.args)...)
		if (err == nil) != (step.err == "") || err != nil && !strings.Contains(err.Error(), step.err) {
			t.Errorf("%s: %v, want %q", step.args, err, step.err)
		}
		if got := strings.Join(strings.Fields(out), " "); !strings.Contains(got, step.want) {
			t.Errorf("%s: %q, want %q", step.args, got, step.want)
		}
	}
}
