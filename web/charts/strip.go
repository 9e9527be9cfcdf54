package charts

import (
	"fmt"
	"html"
)

const stripHeight = 38.0

// Strip draws how much of each day is known, from 0 to 1: the more of a box is filled,
// the more of the day; a day of which nothing is known is crossed out.
func Strip(f Frame, days []float64) string {
	d := &drawing{Frame: f}
	fmt.Fprintf(d, `<svg class="chart-svg" viewBox="0 0 %g %g" role="img" aria-label="%s" xmlns="http://www.w3.org/2000/svg">`, width, stripHeight, html.EscapeString(f.Title))
	d.WriteString("\n" + `<g fill="none" stroke="currentColor" font-size="10">` + "\n")
	const box = 18.0
	every := (len(d.Days) + mostDayLabels - 1) / mostDayLabels
	for i, share := range days {
		x, w := d.x(float64(i)+0.1), d.x(0.8)-d.x(0)
		fmt.Fprintf(d, `<rect x="%s" y="2" width="%s" height="%s" stroke-opacity=".6"/>`+"\n", at(x), at(w), at(box))
		if share <= 0 {
			fmt.Fprintf(d, `<path d="M%s 2l%s %sm0 -%sl-%s %s" stroke-opacity=".6"/>`+"\n", at(x), at(w), at(box), at(box), at(w), at(box))
		} else {
			h := max(1, box*min(1, share))
			fmt.Fprintf(d, `<rect x="%s" y="%s" width="%s" height="%s" fill="currentColor" fill-opacity=".55" stroke="none"/>`+"\n", at(x), at(2+box-h), at(w), at(h))
		}
		if i%every == 0 && i < len(d.Days) {
			d.text(x+w/2, stripHeight-6, "middle", d.Days[i])
		}
	}
	d.WriteString("</g>\n</svg>")
	return d.String()
}
