package channels

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/push/bark"
)

// barkClient writes to Bark by addresses in shoutrrr's form, without its help: there
// (v0.13.2) a request to a server that never answers is never given up. Nobody waits
// for it after ten seconds, but it and its connection stay for ever.
type barkClient struct{ client *http.Client }

const barkScheme = bark.Scheme

// newBark returns a client that follows no redirects: the operator has allowed one host.
func newBark() barkClient {
	return barkClient{&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (c barkClient) send(ctx context.Context, u *url.URL, text string) (Receipt, error) {
	var service bark.Service
	if err := service.Initialize(u, nil); err != nil {
		return Receipt{}, badAddress(Chat, err)
	}
	to := service.Config
	body, err := json.Marshal(bark.PushPayload{
		Body: text, DeviceKey: to.DeviceKey, Title: to.Title, Sound: to.Sound, Badge: &to.Badge, Icon: to.Icon,
		Group: to.Group, URL: to.URL, Category: to.Category, Copy: to.Copy,
	})
	if err != nil {
		return Receipt{}, refused(Chat, "the message is not text")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.GetAPIURL("push"), bytes.NewReader(body))
	if err != nil {
		return Receipt{}, badAddress(Chat, err)
	}
	request.Header.Set("Content-Type", "application/json")
	_, answer, err := post(Chat, c.client, request)
	if err != nil {
		return Receipt{}, err
	}
	var said bark.APIResponse
	if json.Unmarshal(answer, &said) != nil || said.Code != http.StatusOK {
		return Receipt{}, unheard(Chat, errors.New("the answer is not that Bark took it"))
	}
	return Receipt{Answer: "taken by " + barkScheme}, nil
}
