package escalation

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/internal/spelling"
)

// Subject is what alerts are about, as far as it decides whom they are told.
type Subject string

// The subjects. What is about equipment is told to those who look after it.
const (
	Residents Subject = "residents"
	Equipment Subject = "equipment"
)

// Policy says who is told of an alert, and when.
type Policy struct {
	// ID is lower case letters, digits and hyphens.
	ID string `json:"id"`
	// Version is raised with each change; that of a default one is 0.
	Version  int            `json:"version,omitempty"`
	Name     rules.Text     `json:"name"`
	Source   string         `json:"source,omitempty"`
	About    Subject        `json:"about"`
	Severity rules.Severity `json:"severity"`
	// Steps are made one after the other, until somebody answers. The last one may be
	// made again and again.
	Steps []Step `json:"steps"`
	// Again is for what is claimed and not closed; zero for never.
	Again Again `json:"again,omitzero"`
}

// Step is whom to tell after how long.
type Step struct {
	// At is how long after the alert began, or was to be told anew.
	At   rules.Span `json:"at"`
	Whom []Whom     `json:"whom"`
	// Every is how often the last step is made again; 0 for not at all.
	Every rules.Span `json:"every,omitempty"`
	// Emergency: the words ask for the emergency number to be called, too.
	Emergency bool `json:"emergency,omitempty"`
}

// Again is whom to tell, and after how long, that an alert is claimed and was not
// closed since.
type Again struct {
	After rules.Span `json:"after"`
	Whom  []Whom     `json:"whom"`
}

// written is a policy as it stands in a file.
type written struct {
	ID       string `yaml:"id"`
	Version  int    `yaml:"version"`
	Name     name   `yaml:"name"`
	Source   string `yaml:"source"`
	About    string `yaml:"about"`
	Severity string `yaml:"severity"`
	Steps    []struct {
		At        string   `yaml:"at"`
		Whom      []string `yaml:"whom"`
		Every     string   `yaml:"every"`
		Emergency bool     `yaml:"emergency"`
	} `yaml:"steps"`
	Again struct {
		After string   `yaml:"after"`
		Whom  []string `yaml:"whom"`
	} `yaml:"again"`
}

type name struct {
	EN string `yaml:"en"`
	ZH string `yaml:"zh"`
}

// Mistake is what is wrong with a policy: where, and why.
type Mistake struct {
	Line    int    // of the file, from 1
	Path    string // "steps[1].whom[0]"
	Message string
}

func (m Mistake) Error() string { return fmt.Sprintf("line %d: %s %s", m.Line, m.Path, m.Message) }

// Mistakes are those that an error of [Parse] joins.
func Mistakes(err error) []Mistake {
	var m Mistake
	var all []Mistake
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			all = append(all, Mistakes(one)...)
		}
	} else if errors.As(err, &m) {
		all = append(all, m)
	}
	return all
}

// Parse reads the policies of a YAML file, a list of them or one alone, and checks
// them. Of what it can read, its error joins every [Mistake].
func Parse(text []byte) ([]Policy, error) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	var policies []Policy
	for {
		var doc yaml.Node
		err := d.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return policies, nil
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
			p, err := parseOne(item)
			if err != nil {
				return nil, err
			}
			policies = append(policies, p)
		}
	}
}

func parseOne(item *yaml.Node) (Policy, error) {
	if item.Kind != yaml.MappingNode {
		return Policy{}, fmt.Errorf("line %d: want a policy, with its id, severity and steps", item.Line)
	}
	if err := spelling.Misfit(item, reflect.TypeFor[written]()); err != nil {
		return Policy{}, err
	}
	var w written
	if err := item.Decode(&w); err != nil {
		return Policy{}, err
	}
	r := reader{item: item}
	p := r.policy(&w)
	return p, errors.Join(r.wrong...)
}

// reader makes a policy of what is written, and notes what is wrong with it.
type reader struct {
	item  *yaml.Node
	wrong []error
}

func (r *reader) mistake(path, format string, args ...any) {
	r.wrong = append(r.wrong, Mistake{Line: lineOf(r.item, path), Path: path, Message: fmt.Sprintf(format, args...)})
}

// lineOf is where the node of a path stands, or the nearest one above it that is
// there.
func lineOf(n *yaml.Node, path string) int {
	line := n.Line
	for _, key := range strings.FieldsFunc(path, func(c rune) bool { return c == '.' || c == '[' || c == ']' }) {
		next := child(n, key)
		if next == nil {
			return line
		}
		n, line = next, next.Line
	}
	return line
}

func child(n *yaml.Node, key string) *yaml.Node {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				return n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		var i int
		if _, err := fmt.Sscanf(key, "%d", &i); err == nil && i < len(n.Content) {
			return n.Content[i]
		}
	}
	return nil
}

var goodID = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

const (
	maxID     = 64
	maxName   = 120
	maxSource = 1000
	maxSteps  = 20
	maxWhom   = 20
	// latest is when the last step has been made at the latest, and rarest how seldom
	// it may be made again, so that a policy cannot make an alert be forgotten.
	latestCritical, rarestCritical = time.Hour, 30 * time.Minute
	latest, rarest                 = 24 * time.Hour, 24 * time.Hour
	// shortest is how soon a step may follow another, or itself: people need time to
	// answer.
	shortest = 30 * time.Second
)

func (r *reader) policy(w *written) Policy {
	p := Policy{ID: w.ID, Version: w.Version, Name: rules.Text{EN: w.Name.EN, ZH: w.Name.ZH}, Source: w.Source, About: Subject(w.About)}
	if !goodID.MatchString(p.ID) || len(p.ID) > maxID {
		r.mistake("id", "is %q: want lower case letters, digits and hyphens, at most %d", p.ID, maxID)
	}
	if p.Version < 0 {
		r.mistake("version", "is less than 0")
	}
	for lang, text := range map[string]string{"en": p.Name.EN, "zh": p.Name.ZH} {
		if n := utf8.RuneCountInString(text); n == 0 || n > maxName {
			r.mistake("name."+lang, "has %d characters: want 1 to %d", n, maxName)
		}
	}
	if len(p.Source) > maxSource {
		r.mistake("source", "is longer than %d bytes", maxSource)
	}
	if p.About == "" {
		p.About = Residents
	}
	if p.About != Residents && p.About != Equipment {
		r.mistake("about", "is %q: want residents or equipment", p.About)
	}
	if err := p.Severity.UnmarshalText([]byte(w.Severity)); err != nil {
		r.mistake("severity", "is %q: want info, warning or critical", w.Severity)
	}
	r.steps(&p, w)
	r.again(&p, w)
	return p
}

func (r *reader) steps(p *Policy, w *written) {
	if n := len(w.Steps); n == 0 || n > maxSteps {
		r.mistake("steps", "are %d: want 1 to %d", n, maxSteps)
		return
	}
	for i, s := range w.Steps {
		at := fmt.Sprintf("steps[%d]", i)
		step := Step{At: r.span(at+".at", s.At), Every: r.span(at+".every", s.Every), Whom: r.whom(at+".whom", s.Whom), Emergency: s.Emergency}
		switch {
		case i == 0 && step.At != 0:
			r.mistake(at+".at", "is %s: the first step is made at once", step.At)
		case i > 0 && time.Duration(step.At-p.Steps[i-1].At) < shortest:
			r.mistake(at+".at", "is %s: want at least %s after the step before, which is at %s", step.At, rules.Span(shortest), p.Steps[i-1].At)
		}
		if step.Every != 0 && i < len(w.Steps)-1 {
			r.mistake(at+".every", "is for the last step alone")
		} else if step.Every != 0 && time.Duration(step.Every) < shortest {
			r.mistake(at+".every", "is %s: want at least %s", step.Every, rules.Span(shortest))
		}
		p.Steps = append(p.Steps, step)
	}
	r.lastStep(p)
}

// lastStep sees to it that nobody can be forgotten.
func (r *reader) lastStep(p *Policy) {
	last, at := p.Steps[len(p.Steps)-1], fmt.Sprintf("steps[%d]", len(p.Steps)-1)
	latest, rarest := latest, rarest
	switch p.Severity {
	case rules.Critical:
		latest, rarest = latestCritical, rarestCritical
	case rules.Warning:
	default:
		if last.Every != 0 {
			r.mistake(at+".every", "is not for info: that is told once")
		}
		return
	}
	if time.Duration(last.At) > latest {
		r.mistake(at+".at", "is %s: want the last step of what is %s after %s at the latest", last.At, p.Severity, rules.Span(latest))
	}
	if last.Every == 0 || time.Duration(last.Every) > rarest {
		r.mistake(at+".every", "is %s: want the last step of what is %s again every %s at the least, until somebody answers", last.Every, p.Severity, rules.Span(rarest))
	}
}

// longestAgain is how long what is claimed may be left open before it is asked
// about, at the most: as long as a claim may last.
const longestAgain = 12 * time.Hour

func (r *reader) again(p *Policy, w *written) {
	if w.Again.After == "" && w.Again.Whom == nil {
		if p.Severity > rules.Info {
			r.mistake("again", "is missing: what is %s, claimed and not closed is told again", p.Severity)
		}
		return
	}
	if p.Severity == rules.Info {
		r.mistake("again", "is not for info: that is told once")
		return
	}
	p.Again = Again{After: r.span("again.after", w.Again.After), Whom: r.whom("again.whom", w.Again.Whom)}
	if after := time.Duration(p.Again.After); after < time.Minute || after > longestAgain {
		r.mistake("again.after", "is %s: want 1m to %s", p.Again.After, rules.Span(longestAgain))
	}
}

func (r *reader) span(path, text string) rules.Span {
	if text == "" {
		return 0
	}
	span, err := rules.ParseSpan(text)
	if err != nil {
		r.mistake(path, "is %v", err)
	}
	return span
}

func (r *reader) whom(path string, texts []string) []Whom {
	if n := len(texts); n == 0 || n > maxWhom {
		r.mistake(path, "names %d: want 1 to %d", n, maxWhom)
	}
	var all []Whom
	for i, text := range texts {
		whom, err := ParseWhom(text)
		if err != nil {
			r.mistake(fmt.Sprintf("%s[%d]", path, i), "names nobody: %v", err)
		}
		all = append(all, whom)
	}
	return all
}
