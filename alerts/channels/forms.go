package channels

// Forms knows what addresses look like of all kinds, whether or not these are set
// up: for whoever keeps addresses beside the service that sends. It sends nothing.
type Forms struct{ set Set }

// NewForms takes from the settings which hosts and networks addresses may lead to.
func NewForms(cfg Config) Forms {
	g := guard{allowed: cfg.Networks, roots: cfg.Roots}
	return Forms{Set{map[Kind]Channel{
		Email: emails{}, WebPush: pushes{guard: g}, Webhook: newWebhook(g), Chat: newChats(cfg.ChatHosts, g), SMS: texts{}, Speaker: speakers{},
	}}}
}

// Check is [Set.Check].
func (f Forms) Check(kind Kind, address string) error { return f.set.Check(kind, address) }
