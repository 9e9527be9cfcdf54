package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/records"
)

// identityOperations are about who residents are, and about those who may be one person.
func (a *API) identityOperations(api huma.API, get, post, patch, ask operation) {
	huma.Register(api, patch("correct-resident", "/residents/{id}/identity", "Correct who a resident is, and where they live; what was said before stays as a version", "residents"), a.correctResident)
	huma.Register(api, get("resident-versions", "/residents/{id}/identity", "All that was said of who a resident is, newest first", "residents"), a.residentVersions)
	huma.Register(api, get("list-duplicates", "/duplicates", "Residents who may be one person, likeliest first", "residents"), a.listDuplicates)
	huma.Register(api, ask("say-distinct", "/duplicates/distinct", "Say that two residents are two persons: nobody is asked again", "residents"), a.sayDistinct)
	huma.Register(api, get("preview-merge", "/residents/{id}/merge", "What it would do to merge another resident's file into this one", "residents"), a.previewMerge)
	huma.Register(api, post("merge-residents", "/residents/{id}/merge", "Merge another resident's file into this one", "residents"), a.mergeResidents)
	huma.Register(api, get("list-merges", "/residents/{id}/merges", "The merges that a resident's file was in, newest first", "residents"), a.listMerges)
	huma.Register(api, ask("undo-merge", "/residents/{id}/merges/{merge}/undo", "Undo a merge: what had come goes back", "residents"), a.undoMerge)
}

// operation describes an operation that is registered.
type operation func(id, path, summary string, tags ...string) huma.Operation

// Identity is who a resident is, as it was said at one time.
type Identity struct {
	Name      string    `json:"name"`
	BirthDate string    `json:"birth_date,omitempty" format:"date"`
	Sex       string    `json:"sex"`
	Home      string    `json:"home,omitempty"`
	Room      string    `json:"room,omitempty"`
	Called    string    `json:"called,omitempty"`
	Phone     string    `json:"phone,omitempty" doc:"A number of their own, for those who look after them"`
	TimeZone  string    `json:"time_zone"`
	Language  string    `json:"language,omitempty"`
	Version   int       `json:"version"`
	ChangedAt time.Time `json:"changed_at"`
	ChangedBy string    `json:"changed_by,omitempty" doc:"A user; absent for the command line, and for what was said at first"`
	Reason    string    `json:"reason,omitempty"`
}

type identityInput struct {
	ResidentPath
	Body struct {
		Name      *string `json:"name,omitempty" minLength:"1" maxLength:"200"`
		BirthDate *string `json:"birth_date,omitempty" doc:"Empty when not known" example:"1941-03-05"`
		Sex       *string `json:"sex,omitempty" enum:"female,male,other,unknown"`
		Home      *string `json:"home,omitempty" doc:"Where they live from now on; empty for nowhere that is known. For staff"`
		Room      *string `json:"room,omitempty" maxLength:"200"`
		Called    *string `json:"called,omitempty" maxLength:"200"`
		TimeZone  *string `json:"time_zone,omitempty" example:"Asia/Shanghai"`
		Language  *string `json:"language,omitempty" example:"zh-CN"`
		Reason    string  `json:"reason,omitempty" maxLength:"2000" doc:"Why it changes"`
		Version   *int    `json:"version,omitempty" doc:"The version that it was made from: refused when there is another"`
	}
}

// correctResident changes what is given. Who moves is from then on whom the readings of
// another home's devices are about, so that is for the staff.
func (a *API) correctResident(ctx context.Context, in *identityInput) (*residentOutput, error) {
	user, err := a.mayKeep(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	r, err := a.resident(ctx, records.Status, in.ID)
	if err != nil {
		return nil, err
	}
	b := &in.Body
	if b.BirthDate != nil {
		if r.BirthDate, err = records.ParseDate(*b.BirthDate); err != nil {
			return nil, invalid("body.birth_date", *b.BirthDate, err.Error())
		}
	}
	if b.Home != nil && *b.Home != r.HomeID {
		if _, err := a.mayArrangeFor(ctx, in.ID); err != nil {
			return nil, err
		}
		r.HomeID = *b.Home
	}
	for field, to := range map[*string]*string{&r.Name: b.Name, (*string)(&r.Sex): b.Sex, &r.Room: b.Room, &r.Called: b.Called, &r.TimeZone: b.TimeZone, &r.Language: b.Language} {
		if to != nil {
			*field = *to
		}
	}
	if r, err = a.residentStore.Correct(ctx, r, records.Change{By: user.ID, Reason: b.Reason, From: b.Version}); err != nil {
		return nil, a.failed(ctx, "correct who the resident is", err)
	}
	return a.showResident(ctx, r)
}

type identitiesOutput struct{ Body []Identity }

func (a *API) residentVersions(ctx context.Context, in *ResidentPath) (*identitiesOutput, error) {
	if _, err := a.resident(ctx, records.File, in.ID); err != nil {
		return nil, err
	}
	list, err := a.residentStore.Identities(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read who the resident was", err)
	}
	out := &identitiesOutput{Body: make([]Identity, len(list))}
	user, _ := UserOf(ctx)
	calls := a.access.LooksAfter(ctx, user, in.ID)
	for i, v := range list {
		out.Body[i] = Identity{
			Name: v.Name, BirthDate: v.BirthDate, Sex: string(v.Sex), Home: v.HomeID, Room: v.Room, Called: v.Called, TimeZone: v.TimeZone, Language: v.Language,
			Version: v.Version, ChangedAt: v.ChangedAt.UTC(), ChangedBy: v.ChangedBy, Reason: v.Reason,
		}
		if calls {
			out.Body[i].Phone = v.Phone
		}
	}
	return out, nil
}
