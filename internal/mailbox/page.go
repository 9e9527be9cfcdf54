package mailbox

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"golang.org/x/text/language"
)

// Path is where the pages are.
const Path = "/demo/mailbox"

//go:embed list.html letter.html style.css
var files embed.FS

// Pages show what is in a box, to whoever asks: nobody in it is real.
type Pages struct {
	box   *Box
	names func(address string) string
	whose string
	press func(context.Context) error
	zone  *time.Location
	log   *slog.Logger
	list  *template.Template
	page  *template.Template
}

// NewPages returns the pages. Names knows who is at an address; press presses the
// SOS button of the resident who is called whose. Times are by the clock in zone.
func NewPages(box *Box, names func(address string) string, whose string, press func(context.Context) error, zone *time.Location, log *slog.Logger) (*Pages, error) {
	list, err := template.ParseFS(files, "list.html")
	if err != nil {
		return nil, err
	}
	page, err := template.ParseFS(files, "letter.html")
	if err != nil {
		return nil, err
	}
	return &Pages{box: box, names: names, whose: whose, press: press, zone: zone, log: log, list: list, page: page}, nil
}

// Routes adds the pages to r.
func (p *Pages) Routes(r chi.Router) {
	r.Group(func(r chi.Router) {
		r.Use(guard, http.NewCrossOriginProtection().Handler)
		r.Get(Path, p.showList)
		r.Post(Path+"/press", p.pressButton)
		r.Get(Path+"/style.css", func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "style.css") })
		r.Get(Path+"/{n}", p.showLetter)
		r.Get(Path+"/{n}/words", p.showWords)
	})
}

func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// someone is an address with how many letters came to it.
type someone struct {
	Address, Name string
	Letters       int
}

type view struct {
	words
	Tag     string
	Path    string
	Whose   string
	Letters []Letter
	People  []someone
	Of      string // whose address it is that is looked at, "" for everybody's
	Letter  Letter
	// Sentences are the text of the letter, for one that has no HTML.
	Sentences []string
	names     func(string) string
	zone      *time.Location
}

// Name is who is at an address.
func (v *view) Name(address string) string { return v.names(address) }

// Clock is when something was, on the clock of the zone that the page names.
func (v *view) Clock(t time.Time) string { return t.In(v.zone).Format("15:04:05") }

// ZoneName is that of the zone.
func (v *view) ZoneName() string { return v.zone.String() }

// Zone says whose clock that is.
func (v *view) Zone() string { return strings.ReplaceAll(v.Times, "{zone}", v.zone.String()) }

func (p *Pages) view(r *http.Request) view {
	tag, w := wordsFor(r)
	return view{words: w, Tag: tag, Path: Path, Whose: p.whose, names: p.names, zone: p.zone}
}

func (p *Pages) showList(w http.ResponseWriter, r *http.Request) {
	v := p.view(r)
	v.Of = r.URL.Query().Get("to")
	v.Letters = p.box.Letters(v.Of)
	at := map[string]int{}
	for _, l := range p.box.Letters("") {
		i, ok := at[l.To]
		if !ok {
			i = len(v.People)
			at[l.To] = i
			v.People = append(v.People, someone{Address: l.To, Name: p.names(l.To)})
		}
		v.People[i].Letters++
	}
	slices.SortFunc(v.People, func(a, b someone) int { return strings.Compare(a.Address, b.Address) })
	// What comes is seen without a script, too.
	w.Header().Set("Refresh", "5")
	p.write(w, p.list, &v)
}

func (p *Pages) showLetter(w http.ResponseWriter, r *http.Request) {
	v := p.view(r)
	var ok bool
	if v.Letter, ok = p.letter(r); !ok {
		http.Redirect(w, r, Path, http.StatusSeeOther)
		return
	}
	v.Sentences = strings.Split(v.Letter.Text, "\n")
	p.write(w, p.page, &v)
}

// showWords is the letter as its sender made it, which may do nothing here but lead
// elsewhere when a link is followed: of its origin nothing can be made without
// scripts.
func (p *Pages) showWords(w http.ResponseWriter, r *http.Request) {
	l, ok := p.letter(r)
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox allow-same-origin allow-top-navigation-by-user-activation")
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(strings.Replace(l.HTML, "<head>", `<head><base target="_top">`, 1)))
}

func (p *Pages) letter(r *http.Request) (Letter, bool) {
	n, err := strconv.Atoi(chi.URLParam(r, "n"))
	if err != nil {
		return Letter{}, false
	}
	return p.box.Letter(n)
}

func (p *Pages) pressButton(w http.ResponseWriter, r *http.Request) {
	if err := p.press(r.Context()); err != nil {
		p.log.Warn("the button of the demo cannot be pressed", "error", err)
		_, said := wordsFor(r)
		http.Error(w, said.NotYet, http.StatusServiceUnavailable)
		return
	}
	http.Redirect(w, r, Path, http.StatusSeeOther)
}

func (p *Pages) write(w http.ResponseWriter, t *template.Template, v *view) {
	var page bytes.Buffer
	if err := t.Execute(&page, v); err != nil {
		p.log.Error("show the mailbox of the demo", "error", err)
		http.Error(w, "this page cannot be shown", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = page.WriteTo(w)
}

// words are what the pages say in one language.
type words struct {
	Title, About, Times, Press, Nothing, Everybody, Back, To, Board, NotYet string
}

var english = words{
	Title: "Mailbox of the demo", About: "What Anxin has sent to the made-up people of this demo, newest first. It is forgotten when the demo ends.", Times: "Times are by the clock in {zone}.",
	Press: "Press the SOS button of {name}", Nothing: "Nothing has come yet.", Everybody: "Everybody", Back: "All letters", To: "To", Board: "To the dashboard",
	NotYet: "The simulated homes are not there yet. Go back and press again in some seconds.",
}

var chinese = words{
	Title: "演示信箱", About: "安心发给演示中虚构人物的邮件，新的在前。演示结束后不再保留。", Times: "时间按 {zone} 时区显示。",
	Press: "按下{name}的求助按钮", Nothing: "还没有收到邮件。", Everybody: "所有人", Back: "全部邮件", To: "收件人", Board: "返回看板",
	NotYet: "模拟的住户还没有连上。请返回，几秒后再按一次。",
}

// PressOf is what the button says.
func (w words) PressOf(name string) string { return strings.ReplaceAll(w.Press, "{name}", name) }

// wordsFor are those in the language that the browser prefers.
func wordsFor(r *http.Request) (tag string, w words) {
	wishes, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if _, i, _ := language.NewMatcher([]language.Tag{language.English, language.SimplifiedChinese}).Match(wishes...); i == 1 {
		return "zh-CN", chinese
	}
	return "en", english
}
