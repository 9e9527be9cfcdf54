package forms

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Answers are what was said to the items of a form, by their ids.
type Answers map[string]Answer

// Answer is what was said to one item. Which of its fields counts, [Answer.Kind]
// tells.
type Answer struct {
	// Kind is [Number], of a choice too, [Several], or [Words].
	Kind Kind
	// Number is the number, or the value of the choice.
	Number float64
	// Chosen are the values of several choices, sorted.
	Chosen []int
	Text   string
}

// Said is the answer of a number, or of the choice with that value.
func Said(number float64) Answer { return Answer{Kind: Number, Number: number} }

// SaidAll is the answer of several choices.
func SaidAll(values ...int) Answer {
	values = slices.Compact(slices.Sorted(slices.Values(values)))
	return Answer{Kind: Several, Chosen: values}
}

// Wrote is the answer of words.
func Wrote(text string) Answer { return Answer{Kind: Words, Text: text} }

// Equal reports whether two answers say the same.
func (a Answer) Equal(b Answer) bool {
	return a.Kind == b.Kind && a.Number == b.Number && slices.Equal(a.Chosen, b.Chosen) && a.Text == b.Text
}

// empty reports whether the answer says nothing.
func (a Answer) empty() bool {
	return a.Kind == "" || a.Kind == Several && len(a.Chosen) == 0 || a.Kind == Words && strings.TrimSpace(a.Text) == ""
}

// MarshalJSON writes a number, an array of numbers, or a string.
func (a Answer) MarshalJSON() ([]byte, error) {
	switch a.Kind {
	case Number:
		return json.Marshal(a.Number)
	case Several:
		return json.Marshal(append([]int{}, a.Chosen...))
	case Words:
		return json.Marshal(a.Text)
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads what [Answer.MarshalJSON] writes.
func (a *Answer) UnmarshalJSON(text []byte) error {
	text = bytes.TrimSpace(text)
	*a = Answer{}
	switch {
	case len(text) == 0:
		return errors.New("there is no answer")
	case string(text) == "null":
		return nil
	case text[0] == '"':
		a.Kind = Words
		return json.Unmarshal(text, &a.Text)
	case text[0] == '[':
		var values []int
		if err := json.Unmarshal(text, &values); err != nil {
			return errors.New("want whole numbers in the array")
		}
		*a = SaidAll(values...)
		return nil
	case text[0] == '-' || text[0] >= '0' && text[0] <= '9':
		a.Kind = Number
		if err := json.Unmarshal(text, &a.Number); err != nil {
			return errors.New("the number is out of all range")
		}
		return nil
	}
	return errors.New("want a number, an array of numbers, or text")
}

const (
	// mostAnswers bounds how many answers are read.
	mostAnswers = 500
	// longestAnswer is in bytes of JSON.
	longestAnswer = 16 << 10
)

// ParseAnswers reads a JSON object of answers. An item that is null is left out;
// one that is said twice is refused, as nobody knows which was meant. The error is
// [Complaints].
func ParseAnswers(text []byte) (Answers, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	whole := func(message string) error { return Complaints{{Kind: Malformed, Message: message}} }
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, whole("want a JSON object: the answers by the ids of the items")
	}
	answers, seen := Answers{}, map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, whole("the JSON cannot be read")
		}
		id := key.(string) // of an object nothing else can be
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, whole("the JSON cannot be read")
		}
		var a Answer
		switch {
		case seen[id]:
			return nil, Complaints{{Item: id, Kind: Malformed, Message: "is answered twice"}}
		case len(seen) == mostAnswers:
			return nil, whole(fmt.Sprintf("there are more than %d answers", mostAnswers))
		case len(raw) > longestAnswer:
			return nil, Complaints{{Item: id, Kind: Malformed, Message: fmt.Sprintf("is longer than %d bytes", longestAnswer)}}
		}
		seen[id] = true
		if err := a.UnmarshalJSON(raw); err != nil {
			return nil, Complaints{{Item: id, Kind: Malformed, Message: err.Error()}}
		}
		if !a.empty() {
			answers[id] = a
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, whole("the JSON cannot be read")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, whole("something follows the object")
	}
	return answers, nil
}

// Read reads what a page's form sends: of each item the fields with its id. What
// cannot be read is complained of, and left out.
func (f *Form) Read(fields map[string][]string) (Answers, Complaints) {
	answers := Answers{}
	var wrong Complaints
	for i := range f.Items {
		item := &f.Items[i]
		var said []string
		for _, s := range fields[item.ID] {
			if s = strings.TrimSpace(s); s != "" {
				said = append(said, s)
			}
		}
		if len(said) == 0 || item.Kind == Computed {
			continue
		}
		switch item.Kind {
		case Words:
			answers[item.ID] = Wrote(said[0])
		case Several:
			var values []int
			for _, s := range said {
				value, err := strconv.Atoi(s)
				if err != nil {
					wrong = append(wrong, Complaint{Item: item.ID, Kind: Malformed, Message: fmt.Sprintf("%q is not a number", s)})
					continue
				}
				values = append(values, value)
			}
			answers[item.ID] = SaidAll(values...)
		default:
			number, err := strconv.ParseFloat(strings.ReplaceAll(said[0], ",", "."), 64)
			if err != nil {
				wrong = append(wrong, Complaint{Item: item.ID, Kind: Malformed, Message: fmt.Sprintf("%q is not a number", said[0])})
				continue
			}
			answers[item.ID] = Said(number)
		}
	}
	return answers, wrong
}
