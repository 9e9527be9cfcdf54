package records

import (
	"strings"
	"testing"
)

func TestAKeptPasswordFitsItself(t *testing.T) {
	for _, password := range []string{"long enough", "安心安心安心安心", "$argon2id$", ""} {
		kept := hashPassword(password)
		if fits, err := passwordFits(kept, password); err != nil || !fits {
			t.Errorf("%q does not fit %s: %v", password, kept, err)
		}
		if fits, err := passwordFits(kept, password+" "); err != nil || fits {
			t.Errorf("another fits %s: %v", kept, err)
		}
		if hashPassword(password) == kept {
			t.Error("two hashes have the same salt")
		}
	}
}

// The reference implementation's own vector: argon2 with -id, "password" and
// "somesalt", t=2, m=65536, p=1 (github.com/P-H-C/phc-winner-argon2, src/test.c).
func TestAHashMadeElsewhereFits(t *testing.T) {
	const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if fits, err := passwordFits(reference, "password"); err != nil || !fits {
		t.Errorf("does not fit: %v", err)
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$argon2id$v=19$m=4294967295,t=4294967295,p=255$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$argon2i$v=19$m=1,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$argon2id$v=19$m=0,t=0,p=0$$")
	f.Add("")
	f.Fuzz(func(t *testing.T, phc string) {
		c, salt, hash, err := parsePHC(phc)
		if err != nil {
			return
		}
		if c.memory == 0 || c.memory > maxHashMemory || c.passes == 0 || c.passes > maxHashPasses || c.threads == 0 ||
			len(salt) < 8 || len(hash) < 16 || len(hash) > 64 || !strings.HasPrefix(phc, "$argon2id$v=19$") {
			t.Errorf("%q is taken: %+v, %d, %d", phc, c, len(salt), len(hash))
		}
	})
}
