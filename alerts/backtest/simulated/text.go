package simulated

import (
	"fmt"
	"io"
	"strings"

	"github.com/anxin-care/anxin/alerts/rules"
)

// Text says which episodes were found, in the language of a BCP 47 tag: Chinese
// for what begins with "zh", else English.
func Text(w io.Writer, found []Found, language string) error {
	for _, f := range found {
		format := rules.Text{
			EN: "Episodes of %s: %d of %d found, half of them within %s.",
			ZH: "模拟事件 %s：发现%d/%d次，半数在%s内。",
		}.In(language)
		if _, err := fmt.Fprintf(w, format, f.Kind, f.Found, f.Of, f.Median); err != nil {
			return err
		}
		if len(f.Missed) > 0 {
			missed := rules.Text{EN: " Missed: %s.", ZH: "漏报：%s。"}.In(language)
			if _, err := fmt.Fprintf(w, missed, strings.Join(f.Missed, ", ")); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(w, "\n"); err != nil {
			return err
		}
	}
	return nil
}
