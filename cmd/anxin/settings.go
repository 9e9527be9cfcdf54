package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"github.com/anxin-care/anxin/internal/spelling"
)

// settings are those of a YAML file, by the names of the flags.
type settings map[string]any

// loadSettings reads a YAML file.
func loadSettings(r io.Reader) (kong.Resolver, error) {
	s := settings{}
	if err := yaml.NewDecoder(r).Decode(&s); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("want one setting a line, such as http-addr: \":8080\": %w", err)
	}
	return s, nil
}

// Validate implements [kong.Resolver]. A key that is no flag of any command is a
// mistake: taken in silence, it would leave a default where something else was
// meant.
func (s settings) Validate(app *kong.Application) error {
	var flags []string
	collect(app.Node, &flags)
	var wrong []error
	for _, key := range slices.Sorted(maps.Keys(s)) {
		if slices.Contains(flags, key) {
			continue
		}
		hint := ""
		if near := spelling.Nearest(key, flags); near != "" {
			hint = ": did you mean " + near + "?"
		}
		wrong = append(wrong, fmt.Errorf("there is no setting %s%s", key, hint))
	}
	return errors.Join(wrong...)
}

func collect(n *kong.Node, flags *[]string) {
	for _, f := range n.Flags {
		*flags = append(*flags, f.Name)
	}
	for _, child := range n.Children {
		collect(child, flags)
	}
}

// Resolve implements [kong.Resolver].
func (s settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	return s[flag.Name], nil
}
