package channels

import (
	"crypto/ecdh"
	"encoding/base64"
	"errors"
	"fmt"

	webpush "github.com/SherClockHolmes/webpush-go"
)

// VAPID is the pair of keys by which push services know this Anxin (RFC 8292), in
// Base64 for URLs. A browser's subscription is bound to the public one: with
// others, everybody must subscribe anew.
type VAPID struct {
	Public  string `json:"public"`
	Private string `json:"private"`
}

// NewVAPID makes keys.
func NewVAPID() (VAPID, error) {
	private, public, err := webpush.GenerateVAPIDKeys()
	if err != nil {
		return VAPID{}, fmt.Errorf("make the keys of Web Push: %w", err)
	}
	v := VAPID{Public: public, Private: private}
	return v, v.check()
}

// check finds keys that do not belong together.
func (v VAPID) check() error {
	scalar, err := base64.RawURLEncoding.DecodeString(v.Private)
	if err != nil {
		return errors.New("the private key of Web Push is not Base64")
	}
	private, err := ecdh.P256().NewPrivateKey(scalar)
	if err != nil {
		return errors.New("the private key of Web Push is none of P-256")
	}
	if base64.RawURLEncoding.EncodeToString(private.PublicKey().Bytes()) != v.Public {
		return errors.New("the public key of Web Push is not that of the private one")
	}
	return nil
}
