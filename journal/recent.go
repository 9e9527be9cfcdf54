package journal

import "sort"

// recentBytes bounds the newest runs that are kept in memory: a reader that is
// less than this behind never waits for the disk.
const recentBytes = 16 << 20

// recent is the newest runs, oldest first, without a gap up to the log's end.
type recent struct {
	runs  []run
	bytes int
	limit int
}

func (r *recent) add(runs []run) {
	for _, run := range runs {
		r.runs = append(r.runs, run)
		r.bytes += run.size
	}
	n := 0
	for r.bytes > r.limit {
		r.bytes -= r.runs[n].size
		n++
	}
	r.drop(n)
}

// forget drops the runs up to the given Seq.
func (r *recent) forget(upTo uint64) {
	n := 0
	for n < len(r.runs) && r.runs[n].last() <= upTo {
		r.bytes -= r.runs[n].size
		n++
	}
	r.drop(n)
}

// drop lets go of the n oldest runs. Their rows are cleared, because the
// array lives on until append moves to another one.
func (r *recent) drop(n int) {
	clear(r.runs[:n])
	r.runs = r.runs[n:]
}

// read returns up to max entries after the given Seq; ok is false when the
// first of them is not in memory.
func (r *recent) read(after uint64, max int) (entries []Entry, ok bool) {
	if len(r.runs) == 0 || after+1 < r.runs[0].first {
		return nil, false
	}
	i := sort.Search(len(r.runs), func(i int) bool { return r.runs[i].last() > after })
	size := 0
	for ; i < len(r.runs) && len(entries) < max && size < readBytes; i++ {
		entries = r.runs[i].entries(entries, after, max-len(entries))
		size += r.runs[i].size
	}
	return entries, true
}
