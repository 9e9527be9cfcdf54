package rights

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anxin-care/anxin/store"
)

// rowsAtOnce is how many rows are in memory.
const rowsAtOnce = 1000

// table is one that is handed out, with the columns that are.
type table struct {
	store.Holding
	columns []store.Column
}

func tableOf(h store.Holding, all []store.Column) table {
	t := table{Holding: h}
	for _, c := range all {
		if c.Table == h.Table && !slices.Contains(h.Withheld, c.Name) {
			t.columns = append(t.columns, c)
		}
	}
	return t
}

// name is the file's, without its ending: what stands around is not the resident's.
func (t table) name(format string) string {
	if t.Around {
		return format + "/around/" + t.Table + "." + format
	}
	return format + "/" + t.Table + "." + format
}

// writeTable writes the rows as JSON and as CSV, beneath a folder of the zip.
func (x *Exporter) writeTable(ctx context.Context, b *bundle, t table, under, resident string) error {
	n, err := t.Count(ctx, x.DB, resident)
	if err != nil || n == 0 {
		return err
	}
	if err := b.add(path.Join(under, t.name("json")), func(w io.Writer) error { return x.writeJSON(ctx, w, t, resident) }); err != nil {
		return err
	}
	return b.add(path.Join(under, t.name("csv")), func(w io.Writer) error { return x.writeCSV(ctx, w, t, resident) })
}

// rows gives each row, its values in the order of the columns.
func (x *Exporter) rows(ctx context.Context, t table, resident string, each func(values []any) error) error {
	for from := 0; ; from += rowsAtOnce {
		rows, err := t.Rows(ctx, x.DB, resident, t.columns, from, rowsAtOnce)
		if err != nil {
			return err
		}
		for _, values := range rows {
			if err := each(values); err != nil {
				return err
			}
		}
		if len(rows) < rowsAtOnce {
			return nil
		}
	}
}

func (x *Exporter) writeJSON(ctx context.Context, w io.Writer, t table, resident string) error {
	separator := "[\n"
	err := x.rows(ctx, t, resident, func(values []any) error {
		var line strings.Builder
		line.WriteString(separator + "{")
		separator = ",\n"
		for i, c := range t.columns {
			text, err := json.Marshal(shown(c, values[i]))
			if err != nil {
				return err
			}
			if i > 0 {
				line.WriteString(", ")
			}
			fmt.Fprintf(&line, "%q: %s", c.Name, text)
		}
		line.WriteString("}")
		_, err := io.WriteString(w, line.String())
		return err
	})
	if err != nil {
		return err
	}
	if separator == "[\n" {
		_, err = io.WriteString(w, "[]\n")
	} else {
		_, err = io.WriteString(w, "\n]\n")
	}
	return err
}

func (x *Exporter) writeCSV(ctx context.Context, w io.Writer, t table, resident string) error {
	out := csv.NewWriter(w)
	line := make([]string, len(t.columns))
	for i, c := range t.columns {
		line[i] = c.Name
	}
	if err := out.Write(line); err != nil {
		return err
	}
	err := x.rows(ctx, t, resident, func(values []any) error {
		for i, c := range t.columns {
			line[i] = cell(shown(c, values[i]))
		}
		return out.Write(line)
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// isTime reports whether a column holds times, as Unix milliseconds.
func isTime(c store.Column) bool {
	if c.Type != "bigint" {
		return false
	}
	return strings.HasSuffix(c.Name, "_at") || strings.HasSuffix(c.Name, "until") || c.Name == "at" || c.Name == "since"
}

// shown is a value as it is handed out.
func shown(c store.Column, value any) any {
	switch v := value.(type) {
	case []byte:
		return shown(c, string(v))
	case int64:
		if isTime(c) {
			return store.Time(v).Format("2006-01-02T15:04:05.000Z07:00")
		}
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case string:
		if body := strings.TrimSpace(v); (strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[")) && json.Valid([]byte(body)) {
			return json.RawMessage(body)
		}
	}
	return value
}

// cell is a value in a table that is likely to be opened by a spreadsheet: what would be
// taken for a formula is not.
func cell(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case json.RawMessage:
		return string(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		if v != "" && strings.ContainsRune("=+-@\t\r", rune(v[0])) {
			return "'" + v
		}
		return v
	}
	return fmt.Sprint(value)
}
