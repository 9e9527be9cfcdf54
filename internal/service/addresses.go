package service

import (
	"encoding/json"
	"errors"
	"net/mail"
	"net/url"
	"regexp"

	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// addressForms knows what addresses look like, whether or not anything can be
// sent to them here: the commands have no channels. Where there are some, an
// address must be one that they take, too.
type addressForms struct{ s *Service }

var telephone = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// Check implements [records.Addresses].
func (f addressForms) Check(kind records.ChannelKind, address string) error {
	if err := f.looksLike(kind, address); err != nil || f.s.ways == nil {
		return err
	}
	err := f.s.ways.Check(channels.Kind(kind), address)
	if fault, ok := errors.AsType[*store.Fault](err); ok && fault.Code == channels.CodeNotSetUp {
		return nil // it may be tomorrow, and a telephone number is of use to people, too
	}
	return err
}

func (f addressForms) looksLike(kind records.ChannelKind, address string) error {
	switch kind {
	case records.Email:
		if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address {
			return errors.New("is not an e-mail address such as name@example.org")
		}
	case records.SMS:
		if !telephone.MatchString(address) {
			return errors.New("is not a telephone number with the country's code, such as +8613812345678")
		}
	case records.Webhook:
		if u, err := url.Parse(address); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return errors.New("is not an address such as https://example.org/hook#secret=…")
		}
	case records.Chat:
		if u, err := url.Parse(address); err != nil || u.Scheme == "" {
			return errors.New("is not the address of a chat service, such as telegram://…")
		}
	case records.WebPush:
		var subscription struct {
			Endpoint string `json:"endpoint"`
		}
		if json.Unmarshal([]byte(address), &subscription) != nil || subscription.Endpoint == "" {
			return errors.New("is not a browser's subscription")
		}
	case records.Speaker:
		if _, ok := f.s.Registry.Device(devices.Native, address); !ok {
			return errors.New("is no device that is known here")
		}
	}
	return nil
}
