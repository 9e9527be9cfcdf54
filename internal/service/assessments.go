package service

import (
	"fmt"
	"strings"

	"github.com/anxin-care/anxin/records/assessments/forms"
)

// library is the forms, with the band sets that the settings choose.
func (c *Config) library() (*forms.Library, error) {
	library, err := forms.Default()
	if err != nil {
		return nil, err
	}
	for _, choice := range c.BandSets {
		form, set, ok := strings.Cut(choice, "=")
		if !ok {
			return nil, fmt.Errorf("band-sets %q: want FORM=SET, such as barthel=gdl2", choice)
		}
		if err := library.Choose(strings.TrimSpace(form), strings.TrimSpace(set)); err != nil {
			return nil, fmt.Errorf("band-sets %q: %w", choice, err)
		}
	}
	return library, nil
}
