package forms

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"

	"go.yaml.in/yaml/v3"

	"github.com/anxin-care/anxin/internal/spelling"
)

// Parse reads one form from a YAML file. What is wrong with it is said with the
// line that it is on.
func Parse(text []byte) (*Form, error) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0:
		return nil, errors.New("there is no form in it")
	case err != nil:
		return nil, err
	}
	if err := d.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, errors.New("want one form in a file")
	}
	if err := spelling.Misfit(doc.Content[0], reflect.TypeFor[Form]()); err != nil {
		return nil, err
	}
	var f Form
	if err := doc.Content[0].Decode(&f); err != nil {
		return nil, err
	}
	if wrong := f.faults(); len(wrong) > 0 {
		return nil, &Refused{Form: f.ID, Reasons: wrong}
	}
	return &f, nil
}

// Refused is a form that cannot be, with all that is wrong with it.
type Refused struct {
	Form    string
	Reasons []error
}

// Error says it on a line for each reason.
func (r *Refused) Error() string {
	return fmt.Sprintf("form %s: %v", r.Form, errors.Join(r.Reasons...))
}

// Unwrap gives the reasons.
func (r *Refused) Unwrap() []error { return r.Reasons }
