package rules

import (
	"embed"
	"fmt"
	"io/fs"
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
