package timeline_test

import (
	"fmt"
	"hash/fnv"
	"os"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/influxtest"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/timeline/timelinetest"
)

// influxConfig is a server for the tests: the one that the environment names, or
// one of their own.
func influxConfig(t testing.TB) timeline.InfluxConfig {
	if url := os.Getenv("ANXIN_TEST_INFLUX_URL"); url != "" {
		return timeline.InfluxConfig{
			URL: url, Token: os.Getenv("ANXIN_TEST_INFLUX_TOKEN"),
			Org: os.Getenv("ANXIN_TEST_INFLUX_ORG"), Bucket: os.Getenv("ANXIN_TEST_INFLUX_BUCKET"),
		}
	}
	return timeline.InfluxConfig{URL: influxtest.New(t).URL, Bucket: "anxin"}
}

// openInflux opens a bucket for each name. On a server that others use, too,
// the names begin with the one that the environment gives.
func openInflux(tb testing.TB) timelinetest.Open {
	config := influxConfig(tb)
	run := fnv.New32a()
	_, _ = fmt.Fprint(run, tb.Name(), time.Now().UnixNano())
	return func(t testing.TB, name string) timeline.Store {
		c := config
		c.Bucket = fmt.Sprintf("%s-%x-%s", config.Bucket, run.Sum32(), name)
		s, err := timeline.OpenInflux(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
}

func TestInflux(t *testing.T) { timelinetest.Run(t, openInflux(t)) }

func BenchmarkInflux(b *testing.B) { timelinetest.Bench(b, openInflux(b)) }
