// Package pushtest is the browser's side of Web Push, for tests.
package pushtest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Browser is what a browser keeps of its subscription.
type Browser struct {
	Key *ecdh.PrivateKey
	// Auth are 16 bytes.
	Auth []byte
}

// NewBrowser makes up a browser.
func NewBrowser(t testing.TB) Browser {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	auth := make([]byte, 16)
	_, _ = rand.Read(auth)
	return Browser{key, auth}
}

// Subscription is what the browser says of itself, as PushSubscription.toJSON does.
func (b Browser) Subscription(endpoint string) string {
	return fmt.Sprintf(`{"endpoint": %q, "expirationTime": null, "keys": {"p256dh": %q, "auth": %q}}`, endpoint,
		base64.RawURLEncoding.EncodeToString(b.Key.PublicKey().Bytes()), base64.RawURLEncoding.EncodeToString(b.Auth))
}

// Decrypt does as RFC 8291, section 3.4, and RFC 8188 have a browser do.
func (b Browser) Decrypt(body []byte) ([]byte, error) {
	if len(body) < 21 || len(body) < 21+int(body[20]) {
		return nil, errors.New("no header")
	}
	salt, size, id := body[:16], binary.BigEndian.Uint32(body[16:]), body[21:21+int(body[20])]
	record := body[21+len(id):]
	if len(record) > int(size) {
		return nil, fmt.Errorf("a record of %d bytes, want at most %d", len(record), size)
	}
	sender, err := ecdh.P256().NewPublicKey(id)
	if err != nil {
		return nil, err
	}
	shared, err := b.Key.ECDH(sender)
	if err != nil {
		return nil, err
	}
	info := "WebPush: info\x00" + string(b.Key.PublicKey().Bytes()) + string(id)
	ikm, err := hkdf.Key(sha256.New, shared, b.Auth, info, 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nonce, record, nil)
	if err != nil {
		return nil, err
	}
	plain = []byte(strings.TrimRight(string(plain), "\x00"))
	if len(plain) == 0 || plain[len(plain)-1] != 2 {
		return nil, errors.New("no delimiter of a last record")
	}
	return plain[:len(plain)-1], nil
}
