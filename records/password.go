package records

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// hashCost is what one guess of a password costs.
type hashCost struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

// passwordCost is OWASP's recommendation for argon2id (Password Storage Cheat
// Sheet): 19 MiB of memory, 2 passes, 1 thread. About 30 ms on a small server.
var passwordCost = hashCost{memory: 19 * 1024, passes: 2, threads: 1}

// Bounds for what is read from the table, so that a damaged row cannot ask for
// all memory.
const (
	maxHashMemory = 256 * 1024 // KiB
	maxHashPasses = 16

	saltBytes = 16
	hashBytes = 32
)

// hashPassword returns a new hash as a PHC string, which carries its own cost:
// $argon2id$v=19$m=19456,t=2,p=1$salt$hash.
func hashPassword(password string) string {
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails
	c := passwordCost
	hash := argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.threads, hashBytes)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, c.memory, c.passes, c.threads, b64.EncodeToString(salt), b64.EncodeToString(hash))
}

// passwordFits reports whether the PHC string was made of this password.
func passwordFits(phc, password string) (bool, error) {
	c, salt, hash, err := parsePHC(phc)
	if err != nil {
		return false, err
	}
	got := argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.threads, uint32(len(hash)))
	return subtle.ConstantTimeCompare(got, hash) == 1, nil
}
