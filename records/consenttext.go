package records

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"

	"go.yaml.in/yaml/v3"
)

//go:embed consenttexts
var consentTexts embed.FS

// CurrentConsentText is the version of the texts that is agreed to now.
const CurrentConsentText = "2026-11"

// ConsentText is what somebody agrees to.
type ConsentText struct {
	Version  string
	Language string // "en" or "zh"
	Text     string
	// Hash is the SHA-256 of the text, hexadecimal: it shows later which text it was.
	Hash string
}

// ConsentTextFor returns the current text for a purpose, in Chinese where the
// language is Chinese, and in English otherwise.
func ConsentTextFor(p Purpose, language string) (ConsentText, error) {
	all, err := readConsentTexts(CurrentConsentText)
	if err != nil {
		return ConsentText{}, err
	}
	in := "en"
	if len(language) >= 2 && language[:2] == "zh" {
		in = "zh"
	}
	text, ok := all[p][in]
	if !ok {
		return ConsentText{}, fmt.Errorf("there is no text of consent for the purpose %q", p)
	}
	sum := sha256.Sum256([]byte(text))
	return ConsentText{Version: CurrentConsentText, Language: in, Text: text, Hash: hex.EncodeToString(sum[:])}, nil
}

func readConsentTexts(version string) (map[Purpose]map[string]string, error) {
	name := "consenttexts/" + version + ".yaml"
	data, err := consentTexts.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the texts of consent: %w", err)
	}
	var all map[Purpose]map[string]string
	if err := yaml.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("read the texts of consent: %s: %w", name, err)
	}
	return all, nil
}
