package healthfile

import (
	_ "embed"
	"encoding/csv"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Listed is a diagnosis of the list for old age.
type Listed struct {
	Code string
	// EN and ZH are its names.
	EN, ZH string
}

// The list is a beginning: the diagnoses that are usual in old age, with the
// categories of ICD-10 (WHO, 2019) in English, and as the Chinese edition
// (GB/T 14396-2016) calls them. A file takes other codes too.
//
//go:embed icd10.csv
var icd10 string

// list reads it once.
var list = sync.OnceValue(func() (read struct {
	all    []Listed
	byCode map[string]Listed
}) {
	rows, err := csv.NewReader(strings.NewReader(icd10)).ReadAll()
	if err != nil {
		panic("icd10.csv: " + err.Error()) // it is compiled in
	}
	read.byCode = map[string]Listed{}
	for _, row := range rows {
		one := Listed{Code: row[0], EN: row[1], ZH: row[2]}
		read.all = append(read.all, one)
		read.byCode[one.Code] = one
	}
	return read
})

// Diagnoses are those of the list, by code.
func Diagnoses() []Listed { return slices.Clone(list().all) }

// Diagnosis is what a code means by the list: the code itself, or the category that
// it is a part of ("I10.x00x002" is of "I10").
func Diagnosis(code string) (Listed, bool) {
	for len(code) >= 3 {
		if one, ok := list().byCode[strings.TrimSuffix(code, ".")]; ok {
			return one, true
		}
		code = code[:len(code)-1]
	}
	return Listed{}, false
}

// icdCode is a code of ICD-10, or of its longer Chinese edition.
var icdCode = regexp.MustCompile(`^[A-Z][0-9][0-9A-Z](\.[0-9A-Za-z]{1,7}[+*]?)?$`)

// code checks one of ICD-10, and writes its letter large.
func (f *faults) code(path string, s *string) {
	if f.words(path, s); *s == "" {
		return
	}
	*s = strings.ToUpper((*s)[:1]) + (*s)[1:]
	if !icdCode.MatchString(*s) {
		f.add(path, "%q is no code of ICD-10, such as J44.9", *s)
	}
}
