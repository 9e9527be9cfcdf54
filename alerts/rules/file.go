package rules

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/anxin-care/anxin/internal/spelling"
)

// Parse reads the rules of a YAML file: a list of them, one alone, or several
// documents of either. It does not compile them; [NewSet] does.
func Parse(text []byte) ([]Rule, error) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	var rules []Rule
	for {
		var doc yaml.Node
		err := d.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return rules, nil
		}
		if err != nil {
			return nil, err
		}
		if len(doc.Content) == 0 {
			continue
		}
		items := doc.Content
		if items[0].Kind == yaml.SequenceNode {
			items = items[0].Content
		}
		for _, item := range items {
			if err := spelling.Misfit(item, reflect.TypeFor[Rule]()); err != nil {
				return nil, err
			}
			var r Rule
			if err := item.Decode(&r); err != nil {
				var typed *yaml.TypeError
				if errors.As(err, &typed) { // which says the line itself
					return nil, err
				}
				return nil, fmt.Errorf("line %d: %w", item.Line, err)
			}
			rules = append(rules, r)
		}
	}
}

// ReadFolder reads the rules of all YAML files below a folder, by name.
func ReadFolder(fsys fs.FS) ([]Rule, error) {
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if ext := path.Ext(name); err == nil && !d.IsDir() && (ext == ".yaml" || ext == ".yml") {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	slices.Sort(names)
	var all []Rule
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read rules: %w", err)
		}
		rules, err := Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, rules...)
	}
	return all, nil
}
