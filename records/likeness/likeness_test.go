package likeness

import (
	"slices"
	"testing"

	"github.com/anxin-care/anxin/records"
)

func born(s string) records.Date {
	d, err := records.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestNames(t *testing.T) {
	for _, tc := range []struct {
		one, two string
		want     kinship
	}{
		{"王秀英", "王秀英", sameWriting},
		{"王 秀英", "王秀　英", sameWriting},
		{"Ｗang Xiuying", "wang xiuying", sameWriting},
		{"Smith, John", "John SMITH", sameWriting},
		{"Mrs. Zoë O’Neil", "Zoe O'Neil", sameWriting},
		{"張德明", "张德明", soundsSame},
		{"王秀英", "王秀瑛", soundsSame},
		{"王秀英", "Wang Xiuying", soundsSame},
		{"王秀英", "Xiu-Ying WANG", soundsSame},
		{"吕梅", "Lü Mei", soundsSame},
		{"王秀英 Wang Xiuying", "王秀英", sameWriting},
		{"Xiuying Wang (王秀英)", "王 秀英", sameWriting},
		{"王秀英 Wang Xiuying", "Wang Xiuying", soundsSame},
		{"王秀英 Wang Xiuying", "王秀瑛 Wang Xiuying", soundsSame},
		{"王秀英 Wang Xiuying", "Xiuying Wang", soundsSame},
		{"王秀英 Rose", "王秀英", oneFamily}, // another name beside it is one that counts
		{"王秀英 Wang Xiuying", "李建国 Li Jianguo", otherNames},
		{"Margaret Thomson", "Margaret Thompson", nearlySame},
		{"Margaret Thomson", "Margraet Thomson", nearlySame},
		{"王秀英", "王秀芳", oneFamily},
		{"John Smith", "Mary Smith", oneFamily},
		{"Mary Smith", "Mary Miller", oneFamily}, // who has married
		{"王秀英", "李建国", otherNames},
		{"Ada Brown", "", otherNames},
	} {
		if got := compareNames(tc.one, tc.two); got != tc.want {
			t.Errorf("%q, %q: %d, want %d", tc.one, tc.two, got, tc.want)
		}
		if got := compareNames(tc.two, tc.one); got != tc.want {
			t.Errorf("%q, %q: %d, want %d", tc.two, tc.one, got, tc.want)
		}
	}
}

func TestBirths(t *testing.T) {
	for _, tc := range []struct {
		one, two string
		want     births
	}{
		{"1941-03-05", "1941-03-05", sameDay},
		{"1941-03-05", "1941-05-03", turnedDay},
		{"1941-03-05", "1914-03-05", digitOff},
		{"1941-03-05", "1941-03-06", digitOff},
		{"1941-03-05", "1951-03-05", digitOff},
		{"1941-02-15", "1941-03-12", lunarDay}, // the 15th of the 2nd month of that year
		{"1941-03-05", "1941-08-19", otherDay},
		{"1941-03-05", "1968-08-19", otherAge},
		{"", "1941-03-05", notSaid},
	} {
		if got := compareBirths(born(tc.one), born(tc.two)); got != tc.want {
			t.Errorf("%s, %s: %d, want %d", tc.one, tc.two, got, tc.want)
		}
		if got := compareBirths(born(tc.two), born(tc.one)); got != tc.want {
			t.Errorf("%s, %s: %d, want %d", tc.two, tc.one, got, tc.want)
		}
	}
}

// Who is taken for one person, and who is not: the traps are people who share much.
func TestCompare(t *testing.T) {
	wang := Person{Name: "王秀英", Birth: born("1941-03-05"), Sex: records.Female, Home: "h-1", Phone: "138 0000 1111", IDNumber: "110101194103050024"}
	with := func(change func(*Person)) Person {
		p := wang
		change(&p)
		return p
	}
	common := Sharing{Same: 300, Of: 10_000}
	for _, tc := range []struct {
		name   string
		a, b   Person
		called Sharing
		want   float64 // the least of: Likely, Perhaps, 0
		why    Reason  // one of the reasons
	}{
		{"the same again", wang, wang, common, Likely, "id_number"},
		{"the same in pinyin, without numbers", wang, Person{Name: "Xiuying Wang", Birth: born("1941-03-05"), Sex: records.Female}, common, Likely, "name_sound"},
		{"day and month turned", wang, Person{Name: "王秀英", Birth: born("1941-05-03")}, common, Perhaps, "birth_turned"},
		{"a lunar birthday, a rare name", Person{Name: "欧阳慕雪", Birth: born("1941-02-15")}, Person{Name: "欧阳慕雪", Birth: born("1941-03-12")}, Sharing{Same: 1, Of: 10_000}, Perhaps, "birth_lunar"},
		{"a name and nothing else", Person{Name: "Li Hua"}, Person{Name: "Li Hua"}, Sharing{Same: 1, Of: 12}, Perhaps, "name_alone"},
		{"a name and nothing else that both say", wang, Person{Name: "王秀英"}, Sharing{Same: 1, Of: 12}, Perhaps, "name_alone"},
		{"a common name and nothing else", wang, Person{Name: "王秀英"}, common, 0, "name_alone"},
		{"a name, but not the same sex", wang, Person{Name: "王秀英", Sex: records.Male}, Sharing{Same: 1, Of: 12}, 0, "sex_other"},
		{"no birth date, the same home", wang, Person{Name: "王秀英", Home: "h-1"}, common, 0, "home"},
		{"no birth date, the same home, a rarer name", wang, Person{Name: "王秀英", Home: "h-1", Sex: records.Female}, Sharing{Same: 2, Of: 10_000}, Perhaps, "home"},
		{"another name, one identity card", wang, with(func(p *Person) { p.Name = "王大妈" }), common, Likely, "id_number"},
		{"a slip in the identity card's number", wang, with(func(p *Person) { p.IDNumber = "110101194103050042"; p.Home, p.Phone = "", "" }), common, Likely, "id_number_near"},
		{"one insurer's number and a married name", Person{Name: "Mary Smith", Birth: born("1941-03-05"), Policy: "A 1"}, Person{Name: "Mary Miller", Birth: born("1941-03-05"), Policy: "a1"}, Sharing{}, Perhaps, "policy"},

		{"twins in one home", with(func(p *Person) { p.IDNumber = "" }), with(func(p *Person) { p.Name = "王秀芳"; p.IDNumber, p.Phone = "", "" }), common, 0, "name_family"},
		{"twins in one home with one telephone and cards", wang, with(func(p *Person) { p.Name = "王秀芳"; p.IDNumber = "110101194103050208" }), common, 0, "id_number_other"},
		{"husband and wife", with(func(p *Person) { p.IDNumber = "" }), Person{Name: "李建国", Birth: born("1939-11-20"), Sex: records.Male, Home: "h-1", Phone: "13800001111"}, common, 0, "name_other"},
		{"father and son of one name", Person{Name: "John Smith", Birth: born("1938-02-11"), Sex: records.Male, Home: "h-1", Phone: "0151 2345678"}, Person{Name: "John Smith", Birth: born("1961-07-30"), Sex: records.Male, Home: "h-1", Phone: "01512345678"}, Sharing{}, 0, "birth_ages"},
		{"two of one common name in one district", with(func(p *Person) { p.IDNumber, p.Home, p.Phone = "", "", "" }), Person{Name: "王秀英", Birth: born("1944-10-12"), Sex: records.Female}, common, 0, "birth_other"},
		{"two of one common name without birth dates", Person{Name: "王秀英", Sex: records.Female}, Person{Name: "王秀英", Sex: records.Female}, common, 0, "name"},
		{"born on one day, nothing else", wang, Person{Name: "李建国", Birth: born("1941-03-05")}, common, 0, "birth"},
	} {
		got := Compare(tc.a, tc.b, tc.called)
		switch {
		case tc.want == 0 && got.Bits >= Perhaps, tc.want > 0 && got.Bits < tc.want:
			t.Errorf("%s: %.1f by %v, want %.0f", tc.name, got.Bits, got.Reasons, tc.want)
		case !slices.Contains(got.Reasons, tc.why):
			t.Errorf("%s: %v, want %s among them", tc.name, got.Reasons, tc.why)
		}
		if back := Compare(tc.b, tc.a, tc.called); back.Bits != got.Bits {
			t.Errorf("%s: %.1f, and %.1f the other way", tc.name, got.Bits, back.Bits)
		}
	}
}

// Whoever is taken for one person shares a key; and no key says what it was made of.
func TestKeys(t *testing.T) {
	wang := Person{Name: "王秀英", Birth: born("1941-03-05"), Phone: "+86 138 0000 1111"}
	for _, like := range []Person{{Name: "xiuying  WANG"}, {Name: "王秀瑛"}, {Name: "x", Birth: born("1941-05-03")}, {Phone: "13800001111"}} {
		if !slices.ContainsFunc(Keys(like), func(key string) bool { return slices.Contains(Keys(wang), key) }) {
			t.Errorf("%v is not found", like)
		}
	}
	if len(Keys(Person{})) != 0 {
		t.Error("nobody has keys")
	}
	if NameKey(wang) == "" || NameKey(wang) != NameKey(Person{Name: "Wang Xiuying"}) || NameKey(wang) != NameKey(Person{Name: "王秀英 Wang Xiuying"}) {
		t.Error("the key of a name")
	}
}

// FuzzCompare: no name, however odd, upsets it, and either order says the same.
func FuzzCompare(f *testing.F) {
	f.Add("王秀英", "Wang Xiuying")
	f.Add("", "\xff")
	f.Fuzz(func(t *testing.T, one, two string) {
		if compareNames(one, two) != compareNames(two, one) {
			t.Errorf("%q, %q", one, two)
		}
		Keys(Person{Name: one, Phone: two, Policy: two})
	})
}
