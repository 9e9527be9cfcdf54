package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/assessments"
	"github.com/anxin-care/anxin/records/healthfile"
)

// fileOperations are the health file as a whole; those about its entries are a set
// for each kind.
func (a *API) fileOperations(api huma.API, get, post, put, ask, remove describe) {
	huma.Register(api, get("read-file", "/residents/{id}/file", "The health file: all that is known of a resident beside the readings", "file"), a.readFile)
	huma.Register(api, get("file-history", "/residents/{id}/file/history", "What was changed of the file, newest first", "file"), a.fileHistory)
	huma.Register(api, get("list-diagnoses", "/diagnoses", "Diagnoses that are usual in old age: ICD-10 with names in both languages", "file"), a.listDiagnoses)

	fileOne[healthfile.Particulars](a, api, get, put, "particulars", "who the resident is, beside what is kept of all")
	fileOne[healthfile.Habits](a, api, get, put, "habits", "how the resident lives")
	fileMany[healthfile.Condition](a, api, get, post, put, ask, "conditions", "condition")
	fileMany[healthfile.Allergy](a, api, get, post, put, ask, "allergies", "allergy")
	fileMany[healthfile.Medicine](a, api, get, post, put, ask, "medicines", "medicine")
	fileMany[healthfile.Operation](a, api, get, post, put, ask, "operations", "operation, injury, transfusion or stay in hospital")
	fileMany[healthfile.Relative](a, api, get, post, put, ask, "family-history", "condition in the family")
	fileMany[healthfile.Vaccination](a, api, get, post, put, ask, "vaccinations", "vaccination")
	fileMany[healthfile.Disability](a, api, get, post, put, ask, "disabilities", "disability")
	fileMany[healthfile.Goal](a, api, get, post, put, ask, "goals", "goal of the care plan")
	fileMany[healthfile.Task](a, api, get, post, put, ask, "tasks", "task of the care plan")
	fileMany[healthfile.Note](a, api, get, post, put, ask, "notes", "note")
	huma.Register(api, ask("accept-proposal", "/residents/{id}/file/proposals/{condition}/accept", "Have the rules go by what the file proposes, with the entry as the reason", "file"), a.acceptProposal)
	a.documentOperations(api, get, post, put, ask, remove)
}

// HealthFile is all that is known of a resident beside the readings. Entries are
// those that hold and those that held; what was an error is in histories alone.
type HealthFile struct {
	Resident  Resident   `json:"resident"`
	Version   int        `json:"version" doc:"Grows with every change of an entry; 0 while there is none"`
	ChangedAt *time.Time `json:"changed_at,omitempty"`

	Care     CareVersion   `json:"care" doc:"What the rules go by: conditions by their names, thresholds of the resident's own, planned measurements"`
	CareTeam CareTeam      `json:"care_team"`
	Devices  []FileWearing `json:"devices" nullable:"false" doc:"What the resident wears and wore, oldest first"`

	Particulars   *FileEntry[healthfile.Particulars]  `json:"particulars,omitempty"`
	Habits        *FileEntry[healthfile.Habits]       `json:"habits,omitempty"`
	Conditions    []FileEntry[healthfile.Condition]   `json:"conditions" nullable:"false"`
	Allergies     []FileEntry[healthfile.Allergy]     `json:"allergies" nullable:"false"`
	Medicines     []FileEntry[healthfile.Medicine]    `json:"medicines" nullable:"false"`
	Operations    []FileEntry[healthfile.Operation]   `json:"operations" nullable:"false"`
	FamilyHistory []FileEntry[healthfile.Relative]    `json:"family_history" nullable:"false"`
	Vaccinations  []FileEntry[healthfile.Vaccination] `json:"vaccinations" nullable:"false"`
	Disabilities  []FileEntry[healthfile.Disability]  `json:"disabilities" nullable:"false"`
	Goals         []FileEntry[healthfile.Goal]        `json:"goals" nullable:"false"`
	Tasks         []FileEntry[healthfile.Task]        `json:"tasks" nullable:"false"`
	Notes         []FileEntry[healthfile.Note]        `json:"notes" nullable:"false"`
	Assessments   []Assessment                        `json:"assessments" nullable:"false" doc:"The newest by each form, as it is now; all are at assessments"`
	Proposals     []FileProposal                      `json:"proposals" nullable:"false" doc:"What the rules could go by from now on, or no more, because of what the file says"`
	Documents     []FileEntry[healthfile.Document]    `json:"documents,omitzero" nullable:"false" doc:"Absent for who may not see documents"`
}

// FileEntry is what a file says of one thing.
type FileEntry[B any] struct {
	ID      string `json:"id"`
	State   string `json:"state" enum:"current,ended,entered_in_error"`
	EndedOn string `json:"ended_on,omitempty" doc:"When it stopped to hold: a day, a month or a year"`
	Body    B      `json:"body"`
	Called  *Text  `json:"called,omitempty" doc:"What its code of ICD-10 is called"`

	Version     int       `json:"version" doc:"From 1"`
	FileVersion int       `json:"file_version" doc:"Of the file, that this change made"`
	ChangedAt   time.Time `json:"changed_at"`
	ChangedBy   string    `json:"changed_by,omitempty" doc:"A user; absent for the command line"`
	Reason      string    `json:"reason,omitempty" doc:"Why it was changed"`

	Reminder string `json:"reminder,omitempty" doc:"Of a medicine: the reminder that it feeds"`
}

// FileProposal is what the rules could go by. Somebody decides it.
type FileProposal struct {
	Condition string `json:"condition" doc:"The rules' name" example:"copd"`
	Entry     string `json:"entry" doc:"What speaks for it"`
	Kind      string `json:"kind" enum:"condition,medicine"`
	Over      bool   `json:"over,omitempty" doc:"It holds no more, and the rules go by it still"`
}

// FileWearing is a device that the resident wears or wore.
type FileWearing struct {
	Device string     `json:"device"`
	Name   string     `json:"name,omitempty"`
	Kind   string     `json:"kind,omitempty"`
	From   *time.Time `json:"from,omitempty" doc:"Absent: since its first reading"`
	To     *time.Time `json:"to,omitempty" doc:"Absent while it is worn"`
}

// FileChange is one change of a file, without what it says: that is at the entry.
type FileChange struct {
	Version      int       `json:"version" doc:"Of the file"`
	Kind         string    `json:"kind"`
	Entry        string    `json:"entry"`
	EntryVersion int       `json:"entry_version"`
	State        string    `json:"state" enum:"current,ended,entered_in_error"`
	ChangedAt    time.Time `json:"changed_at"`
	ChangedBy    string    `json:"changed_by,omitempty"`
	Reason       string    `json:"reason,omitempty"`
}

func showEntry[B any](e healthfile.Entry) FileEntry[B] {
	shown := FileEntry[B]{
		ID: e.ID, State: string(e.State), EndedOn: string(e.EndedOn), Body: *any(e.Body).(*B),
		Version: e.Version, FileVersion: e.FileVersion, ChangedAt: e.ChangedAt, ChangedBy: e.ChangedBy, Reason: e.Reason, Reminder: e.Reminder,
	}
	code := ""
	switch body := any(e.Body).(type) {
	case *healthfile.Condition:
		code = body.Code
	case *healthfile.Relative:
		code = body.Code
	}
	if called, ok := healthfile.Diagnosis(code); ok {
		shown.Called = &Text{EN: called.EN, ZH: called.ZH}
	}
	return shown
}

func showEntries[B any](list []healthfile.Entry) []FileEntry[B] {
	shown := make([]FileEntry[B], len(list))
	for i, e := range list {
		shown[i] = showEntry[B](e)
	}
	return shown
}

func showFirst[B any](list []healthfile.Entry) *FileEntry[B] {
	if len(list) == 0 {
		return nil
	}
	shown := showEntry[B](list[0])
	return &shown
}

type fileInput struct {
	ResidentPath
	Version int `query:"version" minimum:"0" doc:"The file as it was in this version; default as it is"`
}

type fileOutput struct{ Body HealthFile }

func (a *API) readFile(ctx context.Context, in *fileInput) (*fileOutput, error) {
	r, err := a.resident(ctx, records.File, in.ID)
	if err != nil {
		return nil, err
	}
	file, err := a.fileOf(ctx, in)
	if err != nil {
		return nil, a.failed(ctx, "read the file", err)
	}
	out := &fileOutput{}
	shown := &out.Body
	shown.Version, shown.ChangedAt = file.Version, when(file.ChangedAt)
	shown.entries(&file)
	papers, err := a.sees(ctx, records.Documents, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "check the access", err)
	}
	if papers {
		shown.Documents = showEntries[healthfile.Document](file.Of(healthfile.ADocument, true))
	}
	if err := a.aroundFile(ctx, r, shown); err != nil {
		return nil, a.failed(ctx, "read the file", err)
	}
	shown.Proposals = []FileProposal{}
	for _, p := range healthfile.Proposals(&file, shown.Care.Conditions) {
		shown.Proposals = append(shown.Proposals, FileProposal{Condition: p.Condition, Entry: p.Entry.ID, Kind: string(p.Entry.Kind), Over: p.Over})
	}
	return out, nil
}

func (a *API) fileOf(ctx context.Context, in *fileInput) (healthfile.File, error) {
	if in.Version > 0 {
		return a.file.FileAt(ctx, in.ID, in.Version)
	}
	return a.file.File(ctx, in.ID)
}

// entries shows those of a file, but for documents.
func (f *HealthFile) entries(file *healthfile.File) {
	f.Particulars = showFirst[healthfile.Particulars](file.Of(healthfile.AParticulars, true))
	f.Habits = showFirst[healthfile.Habits](file.Of(healthfile.Habitual, true))
	f.Conditions = showEntries[healthfile.Condition](file.Of(healthfile.ACondition, true))
	f.Allergies = showEntries[healthfile.Allergy](file.Of(healthfile.AnAllergy, true))
	f.Medicines = showEntries[healthfile.Medicine](file.Of(healthfile.AMedicine, true))
	f.Operations = showEntries[healthfile.Operation](file.Of(healthfile.AnOperation, true))
	f.FamilyHistory = showEntries[healthfile.Relative](file.Of(healthfile.ARelative, true))
	f.Vaccinations = showEntries[healthfile.Vaccination](file.Of(healthfile.AVaccination, true))
	f.Disabilities = showEntries[healthfile.Disability](file.Of(healthfile.ADisability, true))
	f.Goals = showEntries[healthfile.Goal](file.Of(healthfile.AGoal, true))
	f.Tasks = showEntries[healthfile.Task](file.Of(healthfile.ATask, true))
	f.Notes = showEntries[healthfile.Note](file.Of(healthfile.ANote, true))
}

// aroundFile adds what other books say of a resident.
func (a *API) aroundFile(ctx context.Context, r records.Resident, shown *HealthFile) error {
	residents, err := a.showResidents(ctx, []records.Resident{r})
	if err != nil {
		return err
	}
	shown.Resident = residents[0]
	care, err := a.care.Care(ctx, r.ID)
	if err != nil {
		return err
	}
	shown.Care = showCare(care)
	circle, err := a.people.CircleNow(ctx, r.ID)
	if err != nil {
		return err
	}
	shown.CareTeam = showCareTeam(circle)
	if shown.Devices, err = a.wearings(ctx, r.ID); err != nil {
		return err
	}
	shown.Assessments, err = a.newestAssessments(ctx, r.ID)
	return err
}

// newestAssessments are those of a resident by each form, the newest first.
func (a *API) newestAssessments(ctx context.Context, resident string) ([]Assessment, error) {
	list, err := a.assessments.List(ctx, assessments.Query{Resident: resident})
	if err != nil {
		return nil, err
	}
	newest, known := []Assessment{}, map[string]bool{}
	for _, one := range list {
		if known[one.Form] {
			continue
		}
		known[one.Form] = true
		shown, err := a.showAssessment(one)
		if err != nil {
			return nil, err
		}
		newest = append(newest, shown)
	}
	return newest, nil
}

func (a *API) wearings(ctx context.Context, resident string) ([]FileWearing, error) {
	worn, err := a.registry.WornBy(ctx, resident)
	if err != nil {
		return nil, err
	}
	list := make([]FileWearing, len(worn))
	for i, w := range worn {
		device, err := a.registry.Get(ctx, w.Device)
		if err != nil {
			return nil, err
		}
		list[i] = FileWearing{Device: w.Device, Name: device.Name, Kind: device.Kind, To: when(w.To)}
		if w.From.After(devices.FirstReading()) {
			list[i].From = when(w.From)
		}
	}
	return list, nil
}

type acceptProposalInput struct {
	ResidentPath
	Condition string `path:"condition" doc:"The rules' name" example:"copd"`
}

func (a *API) acceptProposal(ctx context.Context, in *acceptProposalInput) (*careOutput, error) {
	user, err := a.mayArrangeFor(ctx, in.ID) // what the rules go by is the staff's to say: it may loosen limits
	if err != nil {
		return nil, err
	}
	v, err := a.file.Accept(ctx, a.care, in.ID, in.Condition, records.Change{By: user.ID})
	if err != nil {
		return nil, a.failed(ctx, "accept what the file proposes", err)
	}
	return &careOutput{Body: showCare(v)}, nil
}

type fileHistoryInput struct {
	ResidentPath
	Before int `query:"before" minimum:"0" doc:"Only versions of the file before this one"`
	Limit  int `query:"limit" minimum:"1" maximum:"1000" default:"200"`
}

type fileHistoryOutput struct{ Body []FileChange }

func (a *API) fileHistory(ctx context.Context, in *fileHistoryInput) (*fileHistoryOutput, error) {
	if _, err := a.resident(ctx, records.File, in.ID); err != nil {
		return nil, err
	}
	list, err := a.file.FileHistory(ctx, in.ID, in.Before, in.Limit)
	if err != nil {
		return nil, a.failed(ctx, "read the history of the file", err)
	}
	papers, err := a.sees(ctx, records.Documents, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "check the access", err)
	}
	out := &fileHistoryOutput{Body: []FileChange{}}
	for _, e := range list {
		if e.Kind.Scope() == records.Documents && !papers {
			continue
		}
		out.Body = append(out.Body, FileChange{
			Version: e.FileVersion, Kind: string(e.Kind), Entry: e.ID, EntryVersion: e.Version, State: string(e.State),
			ChangedAt: e.ChangedAt, ChangedBy: e.ChangedBy, Reason: e.Reason,
		})
	}
	return out, nil
}

// FileDiagnosis is a diagnosis of the list.
type FileDiagnosis struct {
	Code   string `json:"code" doc:"ICD-10" example:"J44"`
	Called Text   `json:"called"`
}

type diagnosesOutput struct{ Body []FileDiagnosis }

func (a *API) listDiagnoses(context.Context, *struct{}) (*diagnosesOutput, error) {
	out := &diagnosesOutput{Body: []FileDiagnosis{}}
	for _, one := range healthfile.Diagnoses() {
		out.Body = append(out.Body, FileDiagnosis{one.Code, Text{EN: one.EN, ZH: one.ZH}})
	}
	return out, nil
}
