package api

import (
	"context"
	"time"

	"github.com/anxin-care/anxin/internal/zones"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/likeness"
)

// Resident is a person who is watched over.
type Resident struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	BirthDate string    `json:"birth_date,omitempty" format:"date"`
	Sex       string    `json:"sex"`
	Home      string    `json:"home,omitempty" doc:"Where they live"`
	Room      string    `json:"room,omitempty"`
	Called    string    `json:"called,omitempty" doc:"What they are called aloud at home; the name when absent"`
	Phone     string    `json:"phone,omitempty" doc:"A number of their own, for those who look after them" example:"138 0013 8000"`
	TimeZone  string    `json:"time_zone" example:"Asia/Shanghai"`
	Language  string    `json:"language,omitempty" example:"zh-CN"`
	CreatedAt time.Time `json:"created_at"`
	// What is said of them at care and situations, in short.
	Conditions []string    `json:"conditions,omitzero" required:"false" nullable:"false" doc:"By the names that the rules know; absent for who may not see the file" example:"[\"copd\"]"`
	Situations []Situation `json:"situations" nullable:"false" doc:"What the resident is in now"`
}

// showResidents shows residents with what they are in, and with their conditions to
// who may see the file, which these are of.
func (a *API) showResidents(ctx context.Context, list []records.Resident) ([]Resident, error) {
	if len(list) == 0 {
		return []Resident{}, nil
	}
	ids := make([]string, len(list))
	for i, r := range list {
		ids[i] = r.ID
	}
	cares, err := a.care.Cares(ctx, ids...)
	if err != nil {
		return nil, err
	}
	underWay, err := a.care.Situations(ctx, ids...)
	if err != nil {
		return nil, err
	}
	of := map[string][]records.Situation{}
	for _, s := range underWay {
		of[s.Resident] = append(of[s.Resident], s)
	}
	user, _ := UserOf(ctx)
	shown := make([]Resident, len(list))
	for i, r := range list {
		shown[i] = Resident{
			ID: r.ID, Name: r.Name, BirthDate: r.BirthDate.String(), Sex: string(r.Sex), Home: r.HomeID, Room: r.Room, Called: r.Called,
			TimeZone: r.TimeZone, Language: r.Language, CreatedAt: r.CreatedAt.UTC(),
			Situations: showSituations(of[r.ID]),
		}
		file, err := a.sees(ctx, records.File, r.ID)
		if err != nil {
			return nil, err
		}
		if file {
			shown[i].Conditions = append([]string{}, cares[r.ID].Conditions...)
		}
		if a.access.LooksAfter(ctx, user, r.ID) {
			shown[i].Phone = r.Phone
		}
	}
	return shown, nil
}

func (a *API) showResident(ctx context.Context, r records.Resident) (*residentOutput, error) {
	shown, err := a.showResidents(ctx, []records.Resident{r})
	if err != nil {
		return nil, a.failed(ctx, "read the resident", err)
	}
	return &residentOutput{Body: shown[0]}, nil
}

// ResidentPath names the resident in an operation's path.
type ResidentPath struct {
	ID string `path:"id" doc:"Resident id"`
}

type residentsInput struct {
	Home  string `query:"home" doc:"Only who lives in this home"`
	After string `query:"after" doc:"The id of the last resident of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"1000"`
}

type residentsOutput struct{ Body []Resident }

func (a *API) listResidents(ctx context.Context, in *residentsInput) (*residentsOutput, error) {
	page, err := a.residentStore.List(ctx, records.ResidentQuery{Home: in.Home, After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, a.failed(ctx, "list residents", err)
	}
	mine, err := visible(ctx, a, records.Status, page, residentID)
	if err != nil {
		return nil, err
	}
	shown, err := a.showResidents(ctx, mine)
	if err != nil {
		return nil, a.failed(ctx, "list residents", err)
	}
	return &residentsOutput{Body: shown}, nil
}

func residentID(r records.Resident) string { return r.ID }

// defaultTimeZone is that of a resident of whom neither it nor a home was said.
const defaultTimeZone = zones.Usual

type newResidentInput struct {
	Body struct {
		ID        string `json:"id,omitempty" doc:"Yours to choose, or Anxin's: letters, digits and hyphens"`
		Name      string `json:"name" minLength:"1" maxLength:"200"`
		BirthDate string `json:"birth_date,omitempty" format:"date" example:"1941-03-05"`
		Sex       string `json:"sex,omitempty" enum:"female,male,other,unknown" default:"unknown"`
		Home      string `json:"home,omitempty"`
		Room      string `json:"room,omitempty"`
		Called    string `json:"called,omitempty" maxLength:"200" doc:"What they are called aloud at home, where several people hear it; the name when absent" example:"李奶奶"`
		Phone     string `json:"phone,omitempty" doc:"A number of their own; those who are called about them are told it" example:"138 0013 8000"`
		TimeZone  string `json:"time_zone,omitempty" doc:"Default that of the home, or Asia/Shanghai without one" example:"Asia/Shanghai"`
		Language  string `json:"language,omitempty" example:"zh-CN"`

		Conditions []string `json:"conditions,omitempty" doc:"By the names that the rules know; more at care" example:"[\"copd\"]"`

		IDNumber     string   `json:"id_number,omitempty" maxLength:"200" doc:"To find a file that there may be already; not kept: say it in the particulars"`
		NotDuplicate []string `json:"not_duplicate_of,omitempty" doc:"Residents who were found to be perhaps the same person, and are not; it is kept" example:"[\"01J…\"]"`
	}
}

type residentOutput struct{ Body Resident }

func (a *API) createResident(ctx context.Context, in *newResidentInput) (*residentOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	b := &in.Body
	var birth records.Date
	if b.BirthDate != "" {
		var err error
		if birth, err = records.ParseDate(b.BirthDate); err != nil {
			return nil, invalid("body.birth_date", b.BirthDate, err.Error())
		}
	}
	if b.TimeZone == "" && b.Home == "" {
		b.TimeZone = defaultTimeZone
	}
	who := likeness.Person{Name: b.Name, Birth: birth, Sex: records.Sex(b.Sex), Home: b.Home, Phone: b.Phone, IDNumber: b.IDNumber}
	if err := a.checkDuplicates(ctx, who, b.NotDuplicate); err != nil {
		return nil, err
	}
	user, _ := UserOf(ctx)
	r, err := a.residentStore.Create(ctx, records.Resident{
		ID: b.ID, Name: b.Name, BirthDate: birth, Sex: records.Sex(b.Sex), HomeID: b.Home, Room: b.Room, Called: b.Called,
		Phone: b.Phone, TimeZone: b.TimeZone, Language: b.Language,
	}, a.care.With(records.Care{Conditions: b.Conditions}, records.Change{By: user.ID}), a.duplicates.With(b.NotDuplicate, records.Change{By: user.ID}))
	if err != nil {
		return nil, a.failed(ctx, "create the resident", err)
	}
	return a.showResident(ctx, r)
}

func (a *API) readResident(ctx context.Context, in *ResidentPath) (*residentOutput, error) {
	r, err := a.resident(ctx, records.Status, in.ID)
	if err != nil {
		return nil, err
	}
	return a.showResident(ctx, r)
}

type calledInput struct {
	ResidentPath
	Body struct {
		Called string `json:"called" maxLength:"200" doc:"Empty for the name" example:"李奶奶"`
	}
}

func (a *API) callResident(ctx context.Context, in *calledInput) (*residentOutput, error) {
	user, err := a.mayLookAfter(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	r, err := a.resident(ctx, records.Status, in.ID)
	if err != nil {
		return nil, err
	}
	r.Called = in.Body.Called
	if r, err = a.residentStore.Correct(ctx, r, records.Change{By: user.ID}); err != nil {
		return nil, a.failed(ctx, "change what the resident is called", err)
	}
	return a.showResident(ctx, r)
}

type phoneInput struct {
	ResidentPath
	Body struct {
		Phone string `json:"phone" doc:"Empty for none" example:"138 0013 8000"`
	}
}

func (a *API) phoneResident(ctx context.Context, in *phoneInput) (*residentOutput, error) {
	user, _ := UserOf(ctx)
	if err := a.access.MayPhone(ctx, user, in.ID); err != nil {
		return nil, a.failed(ctx, "check the access", err)
	}
	r, err := a.resident(ctx, records.Status, in.ID)
	if err != nil {
		return nil, err
	}
	r.Phone = in.Body.Phone
	if r, err = a.residentStore.Correct(ctx, r, records.Change{By: user.ID}); err != nil {
		return nil, a.failed(ctx, "change the resident's telephone number", err)
	}
	return a.showResident(ctx, r)
}
