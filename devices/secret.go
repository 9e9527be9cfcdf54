package devices

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// ErrRefused says that a login or its password is wrong, not which.
var ErrRefused = errors.New("wrong login or password")

// secretBytes of randomness are in a device's secret: 160 bits.
const secretBytes = 20

// newSecret makes a device's password: 32 letters and digits. Base32 has no 0
// and no 1, and lower case needs no shift key, for it is typed into some devices.
func newSecret() string {
	var b [secretBytes]byte
	rand.Read(b[:]) // never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

// credential is what is kept of a secret: its SHA-256 with salt. A slow hash
// such as argon2 makes guessing dear; here there is nothing to guess, for the
// secret is as random as the hash itself. It would only make it dear to let
// 20,000 devices in again after a power cut.
type credential struct {
	salt []byte
	hash []byte
}

func newCredential(secret string) credential {
	salt := make([]byte, 16)
	rand.Read(salt)
	return credential{salt: salt, hash: saltedHash(salt, secret)}
}

// fits takes the same time for any secret of a length, right or wrong. It is
// safe on the empty credential, which nothing fits.
func (c credential) fits(secret string) bool {
	return subtle.ConstantTimeCompare(c.hash, saltedHash(c.salt, secret)) == 1
}

func saltedHash(salt []byte, secret string) []byte {
	h := sha256.New()
	h.Write(salt)
	h.Write([]byte(secret))
	return h.Sum(nil)
}

type credentialRow struct {
	bun.BaseModel `bun:"table:credentials"`

	Device    string `bun:"device,pk"`
	Salt      string `bun:"salt"`
	Hash      string `bun:"hash"`
	CreatedAt int64  `bun:"created_at"`
}

// giveSecret puts a new secret in the place of a device's old one.
func giveSecret(ctx context.Context, tx bun.Tx, device string) (string, error) {
	secret := newSecret()
	c := newCredential(secret)
	row := credentialRow{
		Device: device, Salt: hex.EncodeToString(c.salt), Hash: hex.EncodeToString(c.hash), CreatedAt: store.Millis(store.Now()),
	}
	_, err := tx.NewInsert().Model(&row).
		On("CONFLICT (device) DO UPDATE").
		Set("salt = excluded.salt, hash = excluded.hash, created_at = excluded.created_at").
		Exec(ctx)
	return secret, err
}
