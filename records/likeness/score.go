package likeness

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/anxin-care/anxin/records"
)

// Person is what a file says of who somebody is. What is empty is not said.
type Person struct {
	Name  string
	Birth records.Date
	Sex   records.Sex
	Home  string // an id
	// Address, Phone and the numbers are as they were written.
	Address, Phone             string
	IDNumber, FileCode, Policy string // of the identity card, the district's file, the insurer
}

// Reason is a code for something that two files say alike, or not.
type Reason string

// Weights are what each reason counts, in bits: the binary logarithm of m/u, where m
// is how often it is so of one person with two files, and u how often of two people.
// They are estimates, to be set right by what people answer. In words:
//
// A birth date is shared by one in 10,000 (30 years of days), a sex by one in two. One
// in twenty files of one person has another birth date. Numbers are as good as unique;
// a telephone and an address are shared by couples, so they count little.
var Weights = map[Reason]float64{
	"id_number":       20,
	"id_number_near":  6,
	"id_number_other": -12,
	"file_code":       16,
	"file_code_other": -4,
	"policy":          13,
	"policy_other":    -2,
	"birth":           13.2,
	"birth_turned":    7.6,
	"birth_digit":     4,
	"birth_lunar":     3.2,
	"birth_other":     -5.6,
	"birth_ages":      -16,
	"name":            9, // less where many are called so, see [Sharing.name]
	"name_sound":      6,
	"name_near":       4,
	"name_family":     -8,
	"name_other":      -12,
	"name_alone":      3, // one name, and nothing else that both say: people are asked, but of a name that many have
	"sex":             1,
	"sex_other":       -5.6,
	"phone":           6,
	"home":            5,
	"address":         5,
}

// The scores from which on two files are shown to be perhaps, and likely, of one
// person: 12 bits are one in 4,000, 20 one in a million, before it counts how many
// residents there are.
const (
	Perhaps = 12
	Likely  = 20
)

// Sharing is how many are called alike: a name that many have tells little.
type Sharing struct{ Same, Of int }

// name is what the same name counts: between 6 bits, where one in 64 has it, and 12.
func (s Sharing) name() float64 {
	if s.Of < 1000 || s.Same == 0 {
		return Weights["name"]
	}
	return math.Log2(1 / min(max(float64(s.Same)/float64(s.Of), 1.0/4096), 1.0/64))
}

// Score is how likely two files are of one person.
type Score struct {
	// Bits are the sum of the weights of the reasons.
	Bits    float64
	Reasons []Reason // the weightiest kinds first: numbers, birth, name, the rest
}

// Compare scores two files.
func Compare(a, b Person, called Sharing) Score {
	var s Score
	s.number("id_number", a.IDNumber, b.IDNumber, true)
	s.number("file_code", a.FileCode, b.FileCode, false)
	s.number("policy", a.Policy, b.Policy, false)
	switch compareBirths(a.Birth, b.Birth) {
	case sameDay:
		s.add("birth")
	case turnedDay:
		s.add("birth_turned")
	case digitOff:
		s.add("birth_digit")
	case lunarDay:
		s.add("birth_lunar")
	case otherDay:
		s.add("birth_other")
	case otherAge:
		s.add("birth_ages")
	}
	switch compareNames(a.Name, b.Name) {
	case sameWriting:
		s.Reasons, s.Bits = append(s.Reasons, "name"), s.Bits+called.name()
	case soundsSame:
		s.add("name_sound")
	case nearlySame:
		s.add("name_near")
	case oneFamily:
		s.add("name_family")
	default:
		s.add("name_other")
	}
	if said(a.Sex) && said(b.Sex) {
		s.either(a.Sex == b.Sex, "sex", "sex_other")
	}
	if phone := digits(a.Phone); len(phone) >= 7 && phone == digits(b.Phone) {
		s.add("phone")
	}
	address := plain(a.Address)
	switch {
	case a.Home != "" && a.Home == b.Home:
		s.add("home")
	case address != "" && address == plain(b.Address):
		s.add("address")
	}
	if !slices.ContainsFunc(s.Reasons, func(r Reason) bool { return r != "name" && r != "sex" }) {
		s.add("name_alone")
	}
	return s
}

func said(sex records.Sex) bool { return sex == records.Female || sex == records.Male }

func (s *Score) add(r Reason) {
	s.Reasons = append(s.Reasons, r)
	s.Bits += Weights[r]
}

func (s *Score) either(is bool, yes, no Reason) {
	if is {
		s.add(yes)
	} else {
		s.add(no)
	}
}

func (s *Score) number(what Reason, a, b string, near bool) {
	a, b = plain(a), plain(b)
	switch {
	case a == "" || b == "":
	case a == b:
		s.add(what)
	case near && len(a) == len(b) && distance(a, b) == 1:
		s.add(what + "_near")
	default:
		s.add(what + "_other")
	}
}

// plain is a text in letters and digits alone, full width as half.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(s))
}

// digits are those of a telephone number without the country's code and the zero
// before the area's: the last eleven at most.
func digits(s string) string {
	all := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, norm.NFKC.String(s))
	all = strings.TrimPrefix(strings.TrimPrefix(all, "00"), "86")
	return strings.TrimLeft(all, "0")
}
