package simulated

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/anxin-care/anxin/alerts/backtest"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/simulate"
)

// kinds are the kinds of episodes in Chinese.
func kinds() map[string]string {
	return map[string]string{
		simulate.Fall: "跌倒", simulate.Hypoxia: "血氧过低", simulate.Fever: "发热", simulate.Hypo: "低血糖", simulate.Tachycardia: "心动过速",
		simulate.Wandering: "夜间外出", simulate.Silence: "设备无声",
	}
}

func kind(name, language string) string { return rules.Text{EN: name, ZH: kinds()[name]}.In(language) }

func within(d time.Duration, language string) string {
	if d == 0 {
		return rules.Text{EN: "at once", ZH: "即时"}.In(language)
	}
	return fmt.Sprintf(rules.Text{EN: "within %s", ZH: "在%s内"}.In(language), backtest.Lasting(d, language))
}

// Text says which episodes were found, in the language of a BCP 47 tag: Chinese
// for what begins with "zh", else English.
func Text(w io.Writer, found []Found, language string) error {
	for _, f := range found {
		format := rules.Text{
			EN: "Episodes of %s: %d of %d found, half of them %s.",
			ZH: "模拟事件“%s”：发现%d/%d次，半数%s。",
		}.In(language)
		if _, err := fmt.Fprintf(w, format, kind(f.Kind, language), f.Found, f.Of, within(f.Median, language)); err != nil {
			return err
		}
		if len(f.Missed) > 0 {
			missed := rules.Text{EN: " Missed: %s.", ZH: "漏报：%s。"}.In(language)
			if _, err := fmt.Fprintf(w, missed, strings.Join(f.Missed, rules.Text{EN: ", ", ZH: "、"}.In(language))); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(w, "\n"); err != nil {
			return err
		}
	}
	return nil
}
