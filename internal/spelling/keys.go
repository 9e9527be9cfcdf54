package spelling

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Misfit finds a key of a YAML file that the type does not have, and the one that was perhaps
// meant, and a word that is none of its type, each with the line that it is on.
func Misfit(n *yaml.Node, t reflect.Type) error {
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
			if err := Misfit(item, t.Elem()); err != nil {
				return err
			}
		}
	case n.Kind == yaml.MappingNode && t.Kind() == reflect.Map:
		for i := 1; i < len(n.Content); i += 2 {
			if err := Misfit(n.Content[i], t.Elem()); err != nil {
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
			return fmt.Errorf("line %d: there is no %q here%s", key.Line, key.Value, DidYouMean(key.Value, slices.Collect(maps.Keys(keys))))
		}
		if err := Misfit(n.Content[i+1], of); err != nil {
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
