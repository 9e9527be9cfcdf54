package web_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestHowFastAlarmsAreAnswered(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	for language, says := range map[string][]string{
		"en":    {"House 5", "2026-11-16", "39 of 40 (97.5 %)</td>", "39 of 40 (97.5 %) · below the aim", "2 of 3 (66.6 %)", "No team", "1 of 1 (100.0 %)", "and 2 not counted"},
		"zh-CN": {"40 起中 39 起（97.5%） · 未达目标", "无团队"},
	} {
		body := ask(h, request{path: "/reports/response", cookies: []*http.Cookie{n.signedIn(t)}, headers: map[string]string{"Accept-Language": language}}).Body.String()
		for _, s := range says {
			if !strings.Contains(body, s) {
				t.Errorf("%s: the page does not say %q:\n%s", language, s, body)
			}
		}
	}
}
