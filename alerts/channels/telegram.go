package channels

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
)

// telegram writes to Telegram by addresses in shoutrrr's form, without its help:
// there (v0.13.2) a message counts as sent when Telegram cannot be reached, or
// answers with what is not JSON.
type telegram struct {
	client *http.Client
	api    string
}

const (
	telegramScheme = "telegram"
	telegramAPI    = "https://api.telegram.org"
)

var (
	telegramToken = regexp.MustCompile(`^[0-9]{1,20}:[A-Za-z0-9_-]{20,100}$`)
	telegramChat  = regexp.MustCompile(`^(-?[0-9]{1,20}|@[A-Za-z0-9_]{1,64})$`)
)

type telegramAddress struct{ token, chat string }

func telegramOf(u *url.URL) (telegramAddress, error) {
	secret, _ := u.User.Password()
	query := u.Query()
	a := telegramAddress{token: u.User.Username() + ":" + secret, chat: query.Get("chats") + query.Get("channels")}
	if !telegramToken.MatchString(a.token) || !telegramChat.MatchString(a.chat) {
		return a, fault(Chat, CodeAddress, "want telegram://TOKEN@telegram?chats=ID with one chat")
	}
	return a, nil
}

func (c telegram) send(ctx context.Context, u *url.URL, text string) (Receipt, error) {
	a, err := telegramOf(u)
	if err != nil {
		return Receipt{}, badAddress(Chat, err)
	}
	body, err := json.Marshal(map[string]any{"chat_id": a.chat, "text": text, "link_preview_options": map[string]bool{"is_disabled": true}})
	if err != nil {
		return Receipt{}, refused(Chat, "the message is not text")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.api+"/bot"+a.token+"/sendMessage", bytes.NewReader(body))
	if err != nil {
		return Receipt{}, badAddress(Chat, err)
	}
	request.Header.Set("Content-Type", "application/json")
	_, answer, err := post(Chat, c.client, request)
	if err != nil {
		return Receipt{}, err
	}
	var said struct {
		OK bool `json:"ok"`
	}
	if json.Unmarshal(answer, &said) != nil || !said.OK {
		return Receipt{}, unheard(Chat, errors.New("the answer is not Telegram's"))
	}
	return Receipt{Answer: "taken by telegram"}, nil
}
