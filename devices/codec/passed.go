package codec

import "fmt"

// maxPassed bounds the reasons that are kept of one message.
const maxPassed = 32

// passedFields collects the fields that gave no reading, and why.
type passedFields struct {
	texts []string
	more  int
}

func (p *passedFields) add(field, reason string) {
	if len(p.texts) >= maxPassed {
		p.more++
		return
	}
	p.texts = append(p.texts, field+": "+reason)
}

// addError adds an error that names the field itself.
func (p *passedFields) addError(err error) {
	if len(p.texts) >= maxPassed {
		p.more++
		return
	}
	p.texts = append(p.texts, err.Error())
}

func (p *passedFields) list() []string {
	if p.more > 0 {
		return append(p.texts, fmt.Sprintf("and %d more", p.more))
	}
	return p.texts
}
