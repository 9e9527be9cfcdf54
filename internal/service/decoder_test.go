package service

import (
	"reflect"
	"sync"
	"testing"

	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/vitals"
)

func TestDecoderGivesEachReaderTheSame(t *testing.T) {
	var entries []journal.Entry
	var want []vitals.Report
	for i := range 3 * decoderKeeps {
		r := vitals.Report{Device: "d", Received: int64(i), Samples: []vitals.Sample{{At: int64(i), Values: []vitals.Value{{Metric: vitals.HeartRate, Number: 70}}}}}
		body, err := r.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, journal.Entry{Seq: uint64(i + 1), Body: body})
		want = append(want, r)
	}
	d := &decoder{}
	var readers sync.WaitGroup
	for batch := range 4 {
		readers.Go(func() {
			size := 100 + 999*batch
			for from := 0; from < len(entries); from += size {
				to := min(from+size, len(entries))
				got, err := d.decode(entries[from:to])
				if err != nil || !reflect.DeepEqual(got, want[from:to]) {
					t.Errorf("entries %d to %d are other ones: %v", from, to, err)
					return
				}
			}
		})
	}
	readers.Wait()
	if kept := len(d.newest) + len(d.before); kept > 2*decoderKeeps {
		t.Errorf("%d reports are kept", kept)
	}
	if _, err := d.decode([]journal.Entry{{Seq: 1 << 40, Body: []byte("no report")}}); err == nil {
		t.Error("what is no report was decoded")
	}
}
