package service

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/oklog/ulid/v2"

	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/api"
)

// letters sends links by e-mail, over the channel that alerts go over.
type letters struct{ ways *channels.Set }

// letters are nil where there is no mail server, or no address that a link could have:
// what a request says of that anybody can write.
func (s *Service) letters() api.Letters {
	if s.cfg.PublicURL == "" || !slices.Contains(s.ways.Kinds(), channels.Email) {
		return nil
	}
	return letters{s.ways}
}

// wording is a letter in one language, and wordings in both.
type (
	wording  struct{ subject, text, label string }
	wordings struct{ zh, en wording }
)

var (
	inviting = wordings{
		zh: wording{
			"邀请您使用安心", "您受邀使用安心，一项照看居家长者的服务。\n\n请打开下面的链接，设置账号和密码。链接 7 天内有效，只能使用一次。\n\n如果您不知道这是怎么回事，请忽略此邮件。", "接受邀请",
		},
		en: wording{
			"You are invited to Anxin", "You are invited to Anxin, which watches over elderly people at home.\n\nFollow the link to choose a login and a password. It works for seven days, and once.\n\nIf you do not know what this is about, leave it be.", "Accept",
		},
	}
	resetting = wordings{
		zh: wording{
			"设置新密码", "有人（可能是您）请求为您的安心账号设置新密码。\n\n请打开下面的链接设置新密码。链接一小时内有效，只能使用一次。\n\n如果不是您本人，请忽略此邮件：您的密码不会改变。", "设置新密码",
		},
		en: wording{
			"A new password", "Somebody, perhaps you, asked for a new password for your account at Anxin.\n\nFollow the link to choose one. It works for an hour, and once.\n\nIf that was not you, leave it be: your password stays as it is.", "Choose a new password",
		},
	}
)

// Check implements [api.Letters].
func (l letters) Check(address string) error { return l.ways.Check(channels.Email, address) }

// Invite implements [api.Letters].
func (l letters) Invite(ctx context.Context, address, language, link string) error {
	return l.send(ctx, address, language, link, inviting)
}

// Reset implements [api.Letters].
func (l letters) Reset(ctx context.Context, address, language, link string) error {
	return l.send(ctx, address, language, link, resetting)
}

func (l letters) send(ctx context.Context, address, language, link string, words wordings) error {
	w, tongue, id := words.en, "en", ulid.Make().String()
	if strings.HasPrefix(language, "zh") {
		w, tongue = words.zh, "zh-CN"
	}
	m := channels.Message{
		ID: id, Key: id, Language: tongue, Subject: w.subject, Text: w.text,
		Links: []channels.Link{{Kind: channels.LinkOpen, Label: w.label, URL: link}},
	}
	if _, err := l.ways.Send(ctx, channels.Email, address, m); err != nil {
		return fmt.Errorf("send a letter: %w", err)
	}
	return nil
}
