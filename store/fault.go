package store

import (
	"errors"
	"strconv"
	"strings"
)

// The kinds of [Fault], for errors.Is.
var (
	ErrNotFound  = errors.New("not found")
	ErrConflict  = errors.New("conflicts with what is there")
	ErrInvalid   = errors.New("not valid")
	ErrForbidden = errors.New("not allowed")
)

// Fault is why a request cannot be carried out, for those who made it.
type Fault struct {
	// Kind is one of ErrNotFound, ErrConflict, ErrInvalid, ErrForbidden.
	Kind error
	// Code is stable and never shown: programs go by it, pages translate it.
	// "device.worn".
	Code string
	// Entity and ID say what it is about: "device", "cuff-7". The ID may be empty.
	Entity, ID string
	// Detail is for people, in English, and says the way out where there is one.
	Detail string
	// Params are what a translation of Code needs to say the same as Detail.
	Params map[string]string
	// Fields are the parts of the request that are wrong, when Kind is ErrInvalid.
	Fields []Field
}

// Field is one wrong part of a request.
type Field struct {
	Path    string // as in JSON: "birth_date"
	Message string // "is in the future"
}

// Error names the entity, its id and the reason: `device "cuff-7": already worn
// by resident r-1: end that first`. Put what was being done in front of it.
func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Entity)
	if f.ID != "" {
		b.WriteString(" " + strconv.Quote(f.ID))
	}
	b.WriteString(": ")
	if f.Detail != "" {
		b.WriteString(f.Detail)
	} else {
		b.WriteString(f.Kind.Error())
	}
	for i, field := range f.Fields {
		separator := "; "
		if i == 0 {
			separator = ": "
		}
		b.WriteString(separator + field.Path + " " + field.Message)
	}
	return b.String()
}

// Unwrap gives the kind.
func (f *Fault) Unwrap() error { return f.Kind }

// NotFound is the fault that there is no such entity. Its code is
// "entity.not_found".
func NotFound(entity, id string) *Fault {
	return &Fault{Kind: ErrNotFound, Code: entity + ".not_found", Entity: entity, ID: id}
}

// Invalid is the fault that parts of the request are wrong, nil when there are
// none. Its code is "entity.invalid".
func Invalid(entity, id string, fields []Field) error {
	if len(fields) == 0 {
		return nil
	}
	return &Fault{Kind: ErrInvalid, Code: entity + ".invalid", Entity: entity, ID: id, Fields: fields}
}
