package timeline

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// answerRow is a row of an answer to a Flux query. It is good until the next one.
type answerRow struct {
	columns map[string]int
	record  []string
}

// readAnswer hands each row of an answer to f. The answer is CSV without
// annotations: tables with a header each. An error that came up while InfluxDB
// was answering stands in the answer, as a table of its own; it must not pass
// for an answer that is merely short.
func readAnswer(r io.Reader, f func(answerRow) error) error {
	in := csv.NewReader(r)
	in.FieldsPerRecord, in.ReuseRecord = -1, true
	var row answerRow
	for {
		record, err := in.Read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read the answer: %w", err)
		case record[0] == "error" || len(record) > 1 && record[0] == "" && record[1] == "error":
			return answerError(in)
		case len(record) > 2 && record[1] == "result" && record[2] == "table":
			row.columns = make(map[string]int, len(record))
			for i, name := range record {
				row.columns[name] = i
			}
			continue
		case row.columns == nil || len(record) != len(row.columns):
			return fmt.Errorf("read the answer: a row without its header: %q", record)
		}
		row.record = record
		if err := f(row); err != nil {
			return err
		}
	}
}

func answerError(in *csv.Reader) error {
	record, err := in.Read()
	if err != nil {
		return errors.New("influxdb: an error without a message")
	}
	return fmt.Errorf("influxdb: %s", strings.Trim(strings.Join(record, " "), " "))
}

// text is a column's value, "" when there is none.
func (r answerRow) text(column string) string {
	i, ok := r.columns[column]
	if !ok {
		return ""
	}
	return r.record[i]
}

func (r answerRow) number(column string) (float64, error) {
	n, err := strconv.ParseFloat(r.text(column), 64)
	if err != nil {
		return 0, fmt.Errorf("influxdb: column %s: %w", column, err)
	}
	return n, nil
}

func (r answerRow) integer(column string) (int64, error) {
	n, err := strconv.ParseInt(r.text(column), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("influxdb: column %s: %w", column, err)
	}
	return n, nil
}

// milli is the row's time.
func (r answerRow) milli() (int64, error) {
	t, err := time.Parse(time.RFC3339Nano, r.text("_time"))
	if err != nil {
		return 0, fmt.Errorf("influxdb: %w", err)
	}
	return t.UnixMilli(), nil
}

func (r answerRow) marks() vitals.Marks { return parseMarksTag(r.text("marks")) }

// marksTag writes marks as a tag: by name, with plus signs because a comma would
// need escapes.
func marksTag(m vitals.Marks) string { return strings.ReplaceAll(m.String(), ",", "+") }

func parseMarksTag(s string) vitals.Marks {
	if s == "" {
		return 0
	}
	return vitals.ParseMarks(strings.ReplaceAll(s, "+", ","))
}
