package healthfile

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/anxin-care/anxin/store"
)

// Field is one that people fill in of a body.
type Field struct {
	// Name is as in JSON.
	Name string
	Type FieldType
	// Choices are what may be chosen of a Choice, or of Choices.
	Choices []string
	Needed  bool
	// Longest is of a Line or a Text, in characters.
	Longest int
}

// FieldType is how a field is filled in.
type FieldType string

// The types.
const (
	Line    FieldType = "line"
	Text    FieldType = "text" // several lines
	OneDay  FieldType = "day"  // a Day
	Number  FieldType = "number"
	Whole   FieldType = "whole" // a whole number
	YesOrNo FieldType = "yes"
	Choice  FieldType = "choice"
	Choices FieldType = "choices"
)

// longLine is from which length on a line is a text.
const longLine = mostReason

// Fields are those of a kind, in the order in which they are asked. They are what the
// structs of the bodies say; what people do not fill in is not among them.
func Fields(k Kind) []Field {
	var all []Field
	eachField(NewBody(k), func(f Field, _ reflect.Value) { all = append(all, f) })
	return all
}

// eachField visits the fields of a body that people fill in.
func eachField(b Body, visit func(Field, reflect.Value)) {
	value := reflect.ValueOf(b).Elem()
	for i := range value.NumField() {
		tag := value.Type().Field(i).Tag
		if tag.Get("readOnly") != "" {
			continue
		}
		name, option, _ := strings.Cut(tag.Get("json"), ",")
		f := Field{Name: name, Type: Line, Needed: option == ""}
		f.Longest, _ = strconv.Atoi(tag.Get("maxLength"))
		if choices := tag.Get("enum"); choices != "" {
			f.Type, f.Choices = Choice, strings.Split(choices, ",")
		}
		switch into := value.Field(i).Interface().(type) {
		case Day:
			f.Type = OneDay
		case bool:
			f.Type = YesOrNo
		case *float64:
			f.Type = Number
		case *int:
			f.Type = Whole
		default:
			switch {
			case reflect.TypeOf(into).Kind() == reflect.Slice:
				f.Type = Choices
			case f.Longest >= longLine:
				f.Type = Text
			}
		}
		visit(f, value.Field(i))
	}
}

// yes is what a box that is ticked says.
const yes = "yes"

// Values are what the fields of a body say, as a form has them: of what nobody said
// there is nothing.
func Values(b Body) map[string][]string {
	said := map[string][]string{}
	eachField(b, func(f Field, from reflect.Value) {
		switch {
		case from.IsZero():
		case f.Type == YesOrNo:
			said[f.Name] = []string{yes}
		case f.Type == Choices:
			for i := range from.Len() {
				said[f.Name] = append(said[f.Name], from.Index(i).String())
			}
		case f.Type == Number || f.Type == Whole:
			said[f.Name] = []string{fmt.Sprint(from.Elem().Interface())}
		default:
			said[f.Name] = []string{from.String()}
		}
	})
	return said
}

// FromValues makes a body of what a form says. What cannot be read is a fault; what
// is wrong otherwise is found when it is kept.
func FromValues(k Kind, said map[string][]string) (Body, error) {
	b := NewBody(k)
	if b == nil {
		return nil, store.NotFound("kind of entry", string(k))
	}
	var wrong []store.Field
	eachField(b, func(f Field, into reflect.Value) {
		values := slices.DeleteFunc(slices.Clone(said[f.Name]), func(s string) bool { return strings.TrimSpace(s) == "" })
		if len(values) == 0 {
			return
		}
		first := strings.TrimSpace(values[0])
		var err error
		switch f.Type {
		case YesOrNo:
			into.SetBool(first == yes)
		case Choices:
			for _, one := range values {
				into.Set(reflect.Append(into, reflect.ValueOf(one).Convert(into.Type().Elem())))
			}
		case Number:
			var n float64
			n, err = strconv.ParseFloat(strings.Replace(first, ",", ".", 1), 64)
			into.Set(reflect.ValueOf(&n))
		case Whole:
			var n int
			n, err = strconv.Atoi(first)
			into.Set(reflect.ValueOf(&n))
		default:
			into.SetString(values[0])
		}
		if err != nil {
			wrong = append(wrong, store.Field{Path: "body." + f.Name, Message: fmt.Sprintf("%q is not a number", first)})
		}
	})
	return b, store.Invalid("entry", "", wrong)
}
