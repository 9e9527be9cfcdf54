package rules

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
)

//go:embed pack
var pack embed.FS

// Default are the rules that Anxin comes with. Their numbers and texts are
// those of Anxin's clinical catalogue, section 3, and name their guidelines;
// a clinician is to sign them off before real use.
func Default() ([]Rule, error) {
	folder, err := fs.Sub(pack, "pack/rules")
	if err != nil {
		return nil, fmt.Errorf("read the default rules: %w", err)
	}
	return ReadFolder(folder)
}

// Override puts rules in the place of those with the same id, and adds the
// others.
func Override(all, by []Rule) []Rule {
	out := slices.Clone(all)
	for _, r := range by {
		i := slices.IndexFunc(out, func(old Rule) bool { return old.ID == r.ID })
		if i < 0 {
			out = append(out, r)
			continue
		}
		out[i] = r
	}
	return out
}
