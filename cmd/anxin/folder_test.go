package main

import (
	"os"
	"testing"

	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// folder is an empty data folder. The commands find the records in it, or in the
// PostgreSQL that the whole suite is tested on (see [storetest]).
func folder(t *testing.T) store.Config {
	t.Helper()
	cfg := store.Config{Dir: t.TempDir()}
	if os.Getenv(storetest.PostgresVariable) != "" {
		cfg.URL = storetest.In(t, cfg.Dir).URL
		t.Setenv("ANXIN_DATABASE_URL", cfg.URL)
	}
	return cfg
}
