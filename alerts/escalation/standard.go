package escalation

import (
	_ "embed"
	"fmt"

	"github.com/anxin-care/anxin/alerts/rules"
)

//go:embed policies.yaml
var policiesYAML []byte

// Default are the policies that Anxin comes with: one for each subject and
// severity, with the ids of [Standard].
func Default() ([]Policy, error) {
	policies, err := Parse(policiesYAML)
	if err != nil {
		return nil, fmt.Errorf("read the default policies: %w", err)
	}
	return policies, nil
}

// Standard is the id of the policy of alerts for which no other was chosen.
func Standard(about Subject, severity rules.Severity) string {
	if about == Equipment {
		return string(Equipment) + "-" + severity.String()
	}
	return severity.String()
}
