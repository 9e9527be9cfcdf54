package channels

import (
	"errors"
	"net/mail"
	"strings"

	"golang.org/x/net/idna"
)

// checkMailbox says what is wrong with an address of somebody's mailbox.
func checkMailbox(address string) error {
	wrong := fault(Email, CodeAddress, "want an e-mail address such as li.hua@example.org")
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || len(address) > 254 || strings.ContainsAny(address, `"() `) {
		return wrong
	}
	i := strings.LastIndex(address, "@")
	for _, c := range address[:i] {
		if c > '~' {
			return fault(Email, CodeAddress, "has letters before the @ that many mail servers do not know")
		}
	}
	if _, err := asciiDomain(address[i+1:]); err != nil {
		return wrong
	}
	return nil
}

// asciiDomain writes a domain as servers know it.
func asciiDomain(domain string) (string, error) {
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", err
	}
	if !strings.Contains(ascii, ".") || strings.HasSuffix(ascii, ".") {
		return "", errors.New("it is not a full one")
	}
	return ascii, nil
}
