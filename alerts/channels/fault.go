package channels

import "github.com/anxin-care/anxin/store"

// Codes of the faults of addresses. The entity is "channel", the id its kind.
const (
	// CodeUnknownKind: there is no such kind of channel.
	CodeUnknownKind = "channel.unknown"
	// CodeNotSetUp: the operator has not set this kind up.
	CodeNotSetUp = "channel.not_set_up"
	// CodeAddress: it is not an address of that kind. The detail says what one
	// looks like.
	CodeAddress = "channel.address"
	// CodeHost: the address leads to a host that is not allowed.
	CodeHost = "channel.host"
	// CodeSecret: the address of a webhook has no secret that will do.
	CodeSecret = "channel.secret"
	// CodeService: the chat service is not one that Anxin tells people over.
	CodeService = "channel.service"
)

// fault never repeats the address.
func fault(kind Kind, code, detail string) *store.Fault {
	return &store.Fault{Kind: store.ErrInvalid, Code: code, Entity: "channel", ID: string(kind), Detail: detail, Params: map[string]string{"kind": string(kind)}}
}
