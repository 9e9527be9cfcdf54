package zones

import "testing"

func TestAZoneIsLoadedOnce(t *testing.T) {
	first, err := Load("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	if second, err := Load("Asia/Shanghai"); err != nil || second != first {
		t.Errorf("loaded again: %v", err)
	}
	if _, err := Load("Asia/Nowhere"); err == nil {
		t.Error("a zone that is none was loaded")
	}
}
