package service_test

import "net/http"

// pageCases are all pages and forms that need a sign-in, in an order in which none
// changes who may use the next: what merges, ends or widens comes last.
var pageCases = []pageCase{
	{route: "GET /", leads: "EKL"}, // to their cases
	{route: "GET /cases"},
	{route: "GET /alerts"},
	{route: "GET /reminders"},
	{route: "GET /assessments"},
	{route: "GET /reports/response"},
	{route: "GET /emergency"},
	{route: "GET /emergencies"},
	{route: "GET /erasures"},
	{route: "GET /processing"},
	{route: "GET /duplicates"},
	{route: "GET /new-resident"},

	// What somebody does about how they sign in.
	{route: "GET /account", inPerson: true},
	{route: "POST /account/sessions/end", inPerson: true},
	{route: "POST /account/sessions/{id}/end", with: "id=x", inPerson: true},
	{route: "POST /account/password", form: "before=x&password=long+enough", inPerson: true},
	{route: "POST /account/language", form: "language=en", inPerson: true},
	{route: "POST /account/tokens", form: "label=x&days=30&scope=status", inPerson: true},
	{route: "POST /account/tokens/{token}/revoke", with: "token=x", inPerson: true},
	{route: "GET /users"},
	{route: "POST /users", form: "name=Somebody&role=family", says: http.StatusOK},
	{route: "POST /users/{id}", form: "do=role&role=expert"},
	{route: "POST /users/{id}/reset", says: http.StatusOK},
	{route: "POST /invitations/{id}/take-back"},

	// How people are reached: anybody, and themselves.
	{route: "GET /contacts/{id}"},
	{route: "POST /contacts/{id}", form: "name=Wu&zone=UTC"},
	{route: "POST /contacts/{id}/channels", form: "kind=email&address=wu@example.org&from=info&loud=warning"},
	{route: "POST /contacts/{id}/channels/{channel}", form: "from=info&loud=warning&label=home"},
	{route: "POST /contacts/{id}/channels/{channel}", about: "remove", form: "do=remove"},
	{route: "POST /contacts/{id}/channels/{channel}/test"},
	{route: "POST /contacts/{id}/ended/{channel}", with: "channel={ended}"},
	{route: "POST /contacts/{id}/residents/{resident}", form: "from=warning&delay=600&repeat=0"},
	{route: "GET /contacts/{id}", about: "me", with: "id=me"},
	{route: "POST /contacts/{id}", about: "me", with: "id=me", form: "name=Me&zone=UTC"},
	{route: "POST /contacts/{id}/channels", about: "me", with: "id=me", form: "kind=email&address=me@example.org&from=info&loud=warning"},
	{route: "POST /contacts/{id}/channels/{channel}", about: "me", with: "id=me&channel={mine}", form: "from=info&loud=warning&label=home"},
	{route: "POST /contacts/{id}/channels/{channel}/test", about: "me", with: "id=me&channel={mine}"},
	{route: "POST /contacts/{id}/ended/{channel}", about: "me", with: "id=me&channel={mine-ended}"},
	{route: "POST /contacts/{id}/residents/{resident}", about: "me", with: "id=me", form: "from=warning&delay=600&repeat=0", not: "ACOXEKL"},

	// Teams and their rosters.
	{route: "GET /teams"},
	{route: "GET /teams/{id}"},
	{route: "POST /teams/{id}/members", form: "contact={newcomer}"},
	{route: "POST /teams/{id}/members/{contact}/remove", with: "contact={colleague}"},
	{route: "POST /teams/{id}/shifts", form: "contact=nurse&day=1&from=08:00&to=09:00"},
	{route: "POST /teams/{id}/shifts/{shift}/remove"},
	{route: "POST /teams/{id}/overrides", form: "contact=nurse&from={tomorrow}T08:00&to={tomorrow}T09:00"},
	{route: "POST /teams/{id}/overrides/{override}/remove"},

	// A resident, and who is around her.
	{route: "GET /residents/{id}"},
	{route: "GET /residents/{id}/care-team"},
	{route: "POST /residents/{id}/care-team", form: "contact={newcomer}&relation=family"},
	{route: "POST /residents/{id}/care-team/{contact}", form: "relation=family&from=info&delay=0&repeat=0"},
	{route: "POST /residents/{id}/phones", form: "own=13800138000&home="},
	{route: "POST /residents/{id}/phones", about: "of a home where one of another team lives", with: "id={sister}", form: "own=&home={number}"},
	{route: "POST /residents/{id}/duty", form: "until={soon}&contact={contact}", not: "R"},
	{route: "POST /residents/{id}/duty/{duty}/decline", not: "R"},
	{route: "POST /residents/{id}/duty/{duty}/accept", not: "R"},
	{route: "POST /residents/{id}/duty/return", not: "R"},
	{route: "POST /residents/{id}/drills"},
	{route: "GET /residents/{id}/consents"},
	{route: "POST /residents/{id}/consents", form: "purpose=research&given_by=Li&capacity=resident&manner=paper&proof=x&days=0"},
	{route: "POST /residents/{id}/consents/{consent}/withdraw"},
	{route: "GET /residents/{id}/looks"},
	{route: "GET /residents/{id}/rights"},
	{route: "GET /residents/{id}/report"},
	{route: "GET /residents/{id}/weeks/{week}"},

	// Who she is, and her file.
	{route: "GET /residents/{id}/identity"},
	{route: "POST /residents/{id}/identity", form: "name={name}&time_zone=Asia/Shanghai&version={identity}&reason=x"},
	{route: "GET /residents/{id}/file"},
	{route: "GET /residents/{id}/file/{kind}", about: "note", with: "kind=note"},
	{route: "GET /residents/{id}/file/{kind}", about: "document", with: "kind=document"},
	{route: "POST /residents/{id}/file/{kind}", about: "note", with: "kind=note", form: "text=x&version=0"},
	{route: "GET /residents/{id}/file/{kind}/{entry}", about: "note", with: "kind=note&entry={note}"},
	{route: "GET /residents/{id}/file/{kind}/{entry}", about: "document", with: "kind=document&entry={document}"},
	{route: "POST /residents/{id}/file/{kind}/{entry}", about: "note", with: "kind=note&entry={note}", form: "text=y&version=1"},
	{route: "POST /residents/{id}/file/{kind}/{entry}", about: "note, end", with: "kind=note&entry={note}", form: "do=end&version=1"},
	{route: "POST /residents/{id}/file/{kind}/{entry}", about: "note, withdraw", with: "kind=note&entry={note}", form: "do=withdraw&version=1&reason=x"},
	{route: "POST /residents/{id}/file/{kind}/{entry}", about: "document, withdraw", with: "kind=document&entry={document}", form: "do=withdraw&version=1&reason=x"},
	{route: "POST /residents/{id}/file/document/upload"},
	{route: "POST /residents/{id}/file/photo/upload"},
	{route: "POST /residents/{id}/file/rules/{condition}"},

	// What she was assessed by, and reminded of.
	{route: "GET /residents/{id}/assessments"},
	{route: "GET /residents/{id}/assessments/new/{form}", with: "form=self_care"},
	{route: "POST /residents/{id}/assessments/new/{form}", with: "form=self_care", form: selfCare},
	{route: "GET /residents/{id}/assessments/{assessment}"},
	{route: "GET /residents/{id}/assessments/{assessment}/changes"},
	{route: "GET /residents/{id}/assessments/{assessment}/correct"},
	{route: "POST /residents/{id}/assessments/{assessment}/correct", form: selfCare + "&_version=1&_reason=x"},
	{route: "GET /residents/{id}/reminders"},
	{route: "GET /residents/{id}/reminders/new"},
	{route: "POST /residents/{id}/reminders/new", form: drinking},
	{route: "POST /residents/{id}/reminders/new", about: "show", form: drinking + "&do=show", says: http.StatusOK},
	{route: "GET /residents/{id}/reminders/{reminder}"},
	{route: "POST /residents/{id}/reminders/{reminder}", form: drinking + "&version=1"},
	{route: "POST /residents/{id}/reminders/{reminder}", about: "pause", form: "do=pause&until=2035-01-01"},
	{route: "POST /residents/{id}/reminders/{reminder}", about: "end", form: "do=end"},
	{route: "POST /residents/{id}/occurrences/{occurrence}/done"},
	{route: "POST /residents/{id}/occurrences/{occurrence}/skip", form: "reason=x"},

	// An alert about her, from the first to the last: it is critical, and is not put off.
	{route: "GET /alerts/{id}"},
	{route: "POST /alerts/{id}/comment", form: "text=x"},
	{route: "POST /alerts/{id}/snooze", form: "minutes=15", says: http.StatusConflict},
	{route: "POST /alerts/{id}/claim"},
	{route: "POST /alerts/{id}/on-scene"},
	{route: "POST /alerts/{id}/resolve", form: "verdict=false_alarm&reason=x"},

	// What she wears.
	{route: "GET /devices/{id}/worn"},
	{route: "POST /devices/{id}/worn", about: "foresee", form: wornByNobody, says: http.StatusOK},
	{route: "POST /devices/{id}/worn", form: wornByNobody + "&was={resident}"},

	// What experts are asked about her, and advise.
	{route: "GET /panels"},
	{route: "POST /panels", form: panelForm},
	{route: "GET /panels/{id}"},
	{route: "POST /panels/{id}", form: panelForm + "&version=1&reason=x"},
	{route: "GET /residents/{id}/consultations"},
	{route: "GET /residents/{id}/consultations/new"},
	{route: "POST /residents/{id}/consultations/new", form: "panel={panel}&question=x&urgency=routine&mode=blind"},
	{route: "POST /residents/{id}/consultations/new", about: "with a document", form: "panel={panel}&question=x&document={document}"},
	{route: "GET /consultations/{id}"},
	{route: "GET /consultations/{id}/documents/{n}", with: "id={documented}&n=1"},
	{route: "POST /consultations/{id}/opinion", form: "answer=leave&text=x&reasons=x&confidence=low", asked: true},
	{route: "POST /consultations/{id}/decline", with: "id={another-consultation}", form: "reason=x", asked: true},
	{route: "POST /consultations/{id}/advice", with: "id={answered}", form: "text=x&plain_en=x&review_by=2099-01-01", asked: true},
	{route: "POST /consultations/{id}/changes/{n}", about: "accept", with: "id={advised}&n=1", form: "do=accept&reason=x"},
	{route: "POST /consultations/{id}/changes/{n}", about: "decline", with: "id={advised}&n=1", form: "do=decline&reason=x"},
	{route: "POST /consultations/{id}/changes/{n}", about: "accept a follow-up", with: "id={advised}&n=2", form: "do=accept&reason=x"},
	{route: "POST /consultations/{id}/changes/{n}", about: "decline a follow-up", with: "id={advised}&n=2", form: "do=decline&reason=x"},
	{route: "POST /consultations/{id}/review", with: "id={advised}", form: "note=x"},
	{route: "POST /consultations/{id}/withdraw", with: "id={another-consultation}", form: "reason=x"},

	// What makes files one and two, and access wider.
	{route: "POST /new-resident", form: "name=Ouyang&born=1931-02-03"},
	{route: "POST /duplicates/distinct", form: "one={resident}&other={twin}"},
	{route: "POST /residents/{id}/merges/{merge}/undo", with: "id={twin}", form: "reason=x"},
	{route: "GET /residents/{id}/merge", with: "id={twin}&query=other%3D{sister}"},
	{route: "POST /residents/{id}/merge", with: "id={twin}", form: "other={sister}&reason=x&tag={tag}"},
	{route: "POST /emergencies/{id}/review", with: "id={emergency}", form: "verdict=justified"},
	{route: "POST /residents/{id}/erasure", with: "id={leaver}", form: "confirm={leaver}&reason=x"},
	{route: "POST /residents/{id}/emergency", form: "reason=a+reason+that+is+long+enough"},
}

// Forms that are sent more than once.
const (
	selfCare     = "eating=3&washing=1&dressing=0&toileting=5&mobility=0&_mode=observed&_day={yesterday}"
	panelForm    = "name=Hearts+{new-name}&active=on&member_1={chair}&speciality_1=Cardiology&chair=1"
	drinking     = "kind=drinking&what=Water&how=daily&times=08:00"
	wornByNobody = "from=2020-01-01T00:00&to=2020-01-02T00:00&why=x"
)
