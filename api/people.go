package api

import (
	"github.com/danielgtaylor/huma/v2"
)

// describe makes an operation of a method.
type describe func(id, path, summary string, tags ...string) huma.Operation

// peopleOperations are who is told, and who is on duty.
func (a *API) peopleOperations(api huma.API, get, post, put, patch, ask, remove describe) {
	huma.Register(api, get("list-contacts", "/contacts", "List the people who can be told", "people"), a.listContacts)
	huma.Register(api, post("add-contact", "/contacts", "Add a person who can be told", "people"), a.addContact)
	huma.Register(api, get("read-contact", "/contacts/{id}", "Read a contact with its channels; secrets in addresses are masked", "people"), a.readContact)
	huma.Register(api, put("change-contact", "/contacts/{id}", "Change a contact, but for its channels", "people"), a.changeContact)
	huma.Register(api, remove("remove-contact", "/contacts/{id}", "Take a contact out of all care teams and rosters, and forget its addresses", "people"), a.removeContact)
	huma.Register(api, get("list-channels", "/contacts/{id}/channels", "Where a contact is reached, the first one first", "people"), a.listChannels)
	huma.Register(api, post("add-channel", "/contacts/{id}/channels", "Add a channel, behind those that are there", "people"), a.addChannel)
	huma.Register(api, patch("change-channel", "/contacts/{id}/channels/{channel}", "Change a channel; what is left out stays", "people"), a.changeChannel)
	huma.Register(api, remove("remove-channel", "/contacts/{id}/channels/{channel}", "Remove a channel, and forget its address", "people"), a.removeChannel)

	huma.Register(api, get("read-my-contact", "/me/contact", "How I am told", "me"), a.readMyContact)
	huma.Register(api, put("change-my-contact", "/me/contact", "Change how I am told; who is no contact yet becomes one", "me"), a.changeMyContact)
	huma.Register(api, post("add-my-channel", "/me/contact/channels", "Add a channel of mine", "me"), a.addMyChannel)
	huma.Register(api, patch("change-my-channel", "/me/contact/channels/{channel}", "Change a channel of mine; what is left out stays", "me"), a.changeMyChannel)
	huma.Register(api, remove("remove-my-channel", "/me/contact/channels/{channel}", "Remove a channel of mine", "me"), a.removeMyChannel)
	huma.Register(api, put("change-my-wishes", "/me/contact/residents/{id}", "What I want to hear of a resident in whose care team I am", "me"), a.changeMyWishes)

	huma.Register(api, get("read-care-team", "/residents/{id}/care-team", "Who cares for a resident, in the order in which they are told, and who is on duty", "people"), a.readCareTeam)
	huma.Register(api, put("set-member", "/residents/{id}/care-team/{contact}", "Put a contact into the care team, or change what it is there", "people"), a.setMember)
	huma.Register(api, remove("remove-member", "/residents/{id}/care-team/{contact}", "Take a contact out of the care team", "people"), a.removeMember)

	huma.Register(api, get("read-duty", "/residents/{id}/duty", "Who has the resident until when, and what is offered to whom", "people"), a.readDuty)
	huma.Register(api, post("offer-duty", "/residents/{id}/duty", "I have them until a time; or offer that to another, who accepts", "people"), a.offerDuty)
	huma.Register(api, remove("return-duty", "/residents/{id}/duty", "Give the duty back before its time", "people"), a.returnDuty)
	huma.Register(api, ask("accept-duty", "/residents/{id}/duty/{duty}/accept", "Accept what was offered: from now on you have them", "people"), a.acceptDuty)
	huma.Register(api, ask("decline-duty", "/residents/{id}/duty/{duty}/decline", "Say no to what was offered, or take the offer back", "people"), a.declineDuty)

	huma.Register(api, get("list-teams", "/teams", "List teams of staff", "people"), a.listTeams)
	huma.Register(api, post("add-team", "/teams", "Add a team", "people"), a.addTeam)
	huma.Register(api, get("read-team", "/teams/{id}", "Read a team with its members and residents", "people"), a.readTeam)
	huma.Register(api, put("change-team", "/teams/{id}", "Change a team: all its members and residents are said anew", "people"), a.changeTeam)
	huma.Register(api, remove("remove-team", "/teams/{id}", "Remove a team with its roster", "people"), a.removeTeam)
	huma.Register(api, get("read-roster", "/teams/{id}/roster", "The weekly roster, what stands in its place, who is on duty when, and when nobody is", "people"), a.readRoster)
	huma.Register(api, put("change-roster", "/teams/{id}/roster", "Change the weekly roster: all shifts are said anew", "people"), a.changeRoster)
	huma.Register(api, get("on-duty", "/teams/{id}/roster/on-duty", "Who is on duty at a moment", "people"), a.onDuty)
	huma.Register(api, post("add-override", "/teams/{id}/roster/overrides", "Put somebody on duty in place of the weekly roster for a while", "people"), a.addOverride)
	huma.Register(api, remove("remove-override", "/teams/{id}/roster/overrides/{override}", "Go back to the weekly roster", "people"), a.removeOverride)
}
