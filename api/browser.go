package api

import "strings"

// sign tells a family of browsers or systems by a word of its User-Agent.
type sign struct{ word, name string }

// The first that fits counts: nearly all say that they are Mozilla, Chrome and Safari,
// too.
var (
	browsers = []sign{
		{"MicroMessenger/", "WeChat"}, {"DingTalk/", "DingTalk"}, {"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"HuaweiBrowser/", "Huawei Browser"}, {"MiuiBrowser/", "Mi Browser"}, {"QQBrowser/", "QQ Browser"}, {"UCBrowser/", "UC Browser"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	}
	systems = []sign{
		{"OpenHarmony", "HarmonyOS"}, {"HarmonyOS", "HarmonyOS"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"},
		{"CrOS", "ChromeOS"}, {"Mac OS X", "Mac"}, {"Linux", "Linux"},
	}
)

// deviceOf is the family of a browser and of what it runs on, "Firefox, Android", by
// which its person can tell it; "" when neither is known. Nothing else of the
// User-Agent is kept: it could tell one of many browsers from the others.
func deviceOf(userAgent string) string {
	var known []string
	for _, signs := range [][]sign{browsers, systems} {
		for _, s := range signs {
			if strings.Contains(userAgent, s.word) {
				known = append(known, s.name)
				break
			}
		}
	}
	return strings.Join(known, ", ")
}
