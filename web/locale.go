package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/anxin-care/anxin/vitals"
)

//go:embed locales/*.json
var localeFiles embed.FS

// locale is one language of the pages.
type locale struct {
	Tag      string // as in the lang attribute
	messages map[string]string
}

// languages are those that the pages speak, the first where no other is asked for.
type languages []*locale

var languageTags = []string{"en", "zh-CN"}

func loadLanguages() (languages, error) {
	var all languages
	for _, tag := range languageTags {
		b, err := localeFiles.ReadFile("locales/" + tag + ".json")
		if err != nil {
			return nil, err
		}
		l := &locale{Tag: tag}
		if err := json.Unmarshal(b, &l.messages); err != nil {
			return nil, fmt.Errorf("%s: %w", tag, err)
		}
		all = append(all, l)
	}
	return all, nil
}

// T is the message of a key. Pairs of name and value fill its {name}s.
func (l *locale) T(key string, pairs ...any) string {
	message, ok := l.messages[key]
	if !ok {
		return key
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		message = strings.ReplaceAll(message, "{"+fmt.Sprint(pairs[i])+"}", fmt.Sprint(pairs[i+1]))
	}
	return message
}

// Name is what the language calls itself.
func (l *locale) Name() string { return l.messages["language.name"] }

// text is a value as people read it: its word in the language, or its number.
func (l *locale) text(r vitals.Reading) string {
	if word, ok := r.Metric.Word(r.Number); ok {
		return l.T("word." + word)
	}
	return r.Marks.Comparator() + r.Metric.Format(r.Number)
}

// age is how long ago something was, in its largest unit. The scripts' age
// (assets/src/clock.ts) must say the same.
func (l *locale) age(d time.Duration) string {
	switch {
	case d < time.Second:
		return l.T("age.now")
	case d < time.Minute:
		return l.T("age.seconds", "n", int(d/time.Second))
	case d < time.Hour:
		return l.T("age.minutes", "n", int(d/time.Minute))
	case d < 48*time.Hour:
		return l.T("age.hours", "n", int(d/time.Hour))
	}
	return l.T("age.days", "n", int(d/(24*time.Hour)))
}

// span is a length of time, in its largest unit.
func (l *locale) span(d time.Duration) string {
	switch {
	case d < time.Hour:
		return l.T("span.minutes", "n", int(d/time.Minute))
	case d < 48*time.Hour:
		return l.T("span.hours", "n", int(d/time.Hour))
	}
	return l.T("span.days", "n", int(d/(24*time.Hour)))
}

// forScripts are the messages that the scripts need.
func (l *locale) forScripts() map[string]string {
	wanted := map[string]string{}
	for key, message := range l.messages {
		switch prefix, _, _ := strings.Cut(key, "."); prefix {
		case "js", "word", "mark", "age", "state":
			wanted[key] = message
		}
	}
	return wanted
}

// languageCookie holds the language that was chosen in this browser.
const languageCookie = "anxin_language"

// of finds the language for a request: the one chosen in this browser, else the
// user's, else what the browser prefers.
func (all languages) of(r *http.Request, user User) *locale {
	var wishes []string
	if cookie, err := r.Cookie(languageCookie); err == nil {
		wishes = append(wishes, cookie.Value)
	}
	wishes = append(wishes, user.Language)
	for _, wish := range wishes {
		if tag, err := language.Parse(wish); err == nil && wish != "" {
			if l, ok := all.match(tag); ok {
				return l
			}
		}
	}
	tags, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if l, ok := all.match(tags...); ok {
		return l
	}
	return all[0]
}

func (all languages) match(wishes ...language.Tag) (*locale, bool) {
	tags := make([]language.Tag, len(all))
	for i, l := range all {
		tags[i] = language.MustParse(l.Tag)
	}
	_, i, confidence := language.NewMatcher(tags).Match(wishes...)
	return all[i], confidence > language.No
}

// chooseLanguage remembers a language in the browser and goes back to the page.
func (s *Site) chooseLanguage(w http.ResponseWriter, r *http.Request) {
	for _, l := range s.languages {
		if l.Tag == r.PostFormValue("language") {
			http.SetCookie(w, &http.Cookie{
				Name: languageCookie, Value: l.Tag, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
				HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
			})
		}
	}
	http.Redirect(w, r, localPath(r.PostFormValue("next")), http.StatusSeeOther)
}
