package rules

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
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
			if err := misfit(item, reflect.TypeFor[Rule]()); err != nil {
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

// misfit finds a key that the type does not have, and the one that was perhaps
// meant, and a word that is none of its type, each with the line that it is on.
func misfit(n *yaml.Node, t reflect.Type) error {
	if word, ok := reflect.New(t).Interface().(encoding.TextUnmarshaler); ok {
		if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
			return nil // decoding says what it thinks of that
		}
		if err := word.UnmarshalText([]byte(n.Value)); err != nil {
			return fmt.Errorf("line %d: %w", n.Line, err)
		}
		return nil
	}
	switch {
	case n.Kind == yaml.SequenceNode && t.Kind() == reflect.Slice:
		for _, item := range n.Content {
			if err := misfit(item, t.Elem()); err != nil {
				return err
			}
		}
	case n.Kind == yaml.MappingNode && t.Kind() == reflect.Map:
		for i := 1; i < len(n.Content); i += 2 {
			if err := misfit(n.Content[i], t.Elem()); err != nil {
				return err
			}
		}
	case n.Kind == yaml.MappingNode && t.Kind() == reflect.Struct:
		return misfitOf(n, keysOf(t))
	}
	return nil
}

func misfitOf(n *yaml.Node, keys map[string]reflect.Type) error {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		of, ok := keys[key.Value]
		if !ok {
			return fmt.Errorf("line %d: there is no %q here%s", key.Line, key.Value, didYouMean(key.Value, slices.Collect(maps.Keys(keys))))
		}
		if err := misfit(n.Content[i+1], of); err != nil {
			return err
		}
	}
	return nil
}

func keysOf(t reflect.Type) map[string]reflect.Type {
	keys := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if options == "inline" {
			for key, of := range keysOf(f.Type) {
				keys[key] = of
			}
			continue
		}
		keys[name] = f.Type
	}
	return keys
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
