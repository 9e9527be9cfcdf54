package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
)

// body is a pointer to a struct that is the body of a kind of entries.
type body[B any] interface {
	*B
	healthfile.Body
}

// EntryPath names an entry of a file in an operation's path.
type EntryPath struct {
	ResidentPath
	Entry string `path:"entry" doc:"Entry id"`
}

// FileSaying is what a change of a file is to say.
type FileSaying[B any] struct {
	Body    B      `json:"body"`
	Reason  string `json:"reason,omitempty" maxLength:"2000" doc:"Why it changes"`
	Version *int   `json:"version,omitempty" doc:"The version that this was made from: refused when there is another by now"`
}

func (s *FileSaying[B]) change(u records.User) records.Change {
	return records.Change{By: u.ID, Reason: s.Reason, From: s.Version}
}

type entryOutput[B any] struct{ Body FileEntry[B] }

type entriesOutput[B any] struct{ Body []FileEntry[B] }

type addEntryInput[B any] struct {
	ResidentPath
	Body FileSaying[B]
}

type changeEntryInput[B any] struct {
	EntryPath
	Body FileSaying[B]
}

type endEntryInput struct {
	EntryPath
	Body struct {
		On      string `json:"on,omitempty" maxLength:"10" doc:"Since when it does not hold: a day, a month or a year; absent where nobody knows"`
		Reason  string `json:"reason,omitempty" maxLength:"2000"`
		Version *int   `json:"version,omitempty" doc:"As of a change"`
	}
}

type withdrawEntryInput struct {
	EntryPath
	Body struct {
		Reason  string `json:"reason" minLength:"1" maxLength:"2000" doc:"What was wrong"`
		Version *int   `json:"version,omitempty" doc:"As of a change"`
	}
}

// fileOne registers what can be done with a kind of which a file says one thing.
func fileOne[B any, P body[B]](a *API, api huma.API, get, put describe, path, what string) {
	kind := P(new(B)).Kind()
	at := "/residents/{id}/file/" + path
	huma.Register(api, get("read-file-"+path, at, "Of the file: "+what, "file"), func(ctx context.Context, in *ResidentPath) (*entryOutput[B], error) {
		list, err := a.ofKind(ctx, in.ID, kind)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return nil, huma.Error404NotFound("the file does not say yet " + what)
		}
		return &entryOutput[B]{showEntry[B](list[0])}, nil
	})
	huma.Register(api, put("change-file-"+path, at, "Say "+what, "file"), func(ctx context.Context, in *addEntryInput[B]) (*entryOutput[B], error) {
		user, err := a.mayKeepKind(ctx, in.ID, kind)
		if err != nil {
			return nil, err
		}
		return shownEntry[B](ctx, a)(a.file.Put(ctx, in.ID, P(&in.Body.Body), in.Body.change(user)))
	})
	huma.Register(api, get("file-"+path+"-history", at+"/history", "All versions of that, newest first", "file"), func(ctx context.Context, in *ResidentPath) (*entriesOutput[B], error) {
		list, err := a.ofKind(ctx, in.ID, kind)
		if err != nil || len(list) == 0 {
			return &entriesOutput[B]{[]FileEntry[B]{}}, err
		}
		return entryHistory[B](ctx, a, in.ID, kind, list[0].ID)
	})
}

// fileMany registers what can be done with a kind of which a file says many things.
func fileMany[B any, P body[B]](a *API, api huma.API, get, post, put, ask describe, path, what string) {
	kind := P(new(B)).Kind()
	huma.Register(api, post("add-to-"+path, "/residents/{id}/file/"+path, "Add to the file: "+what, "file"), func(ctx context.Context, in *addEntryInput[B]) (*entryOutput[B], error) {
		user, err := a.mayKeepKind(ctx, in.ID, kind)
		if err != nil {
			return nil, err
		}
		return shownEntry[B](ctx, a)(a.file.Add(ctx, in.ID, P(&in.Body.Body), in.Body.change(user)))
	})
	fileEntries[B, P](a, api, get, put, ask, path, what)
}

// fileEntries registers what can be done with entries that are there.
func fileEntries[B any, P body[B]](a *API, api huma.API, get, put, ask describe, path, what string) {
	kind := P(new(B)).Kind()
	at := "/residents/{id}/file/" + path
	huma.Register(api, get("list-"+path, at, "Of the file, newest first, with what has ended: "+what, "file"), func(ctx context.Context, in *ResidentPath) (*entriesOutput[B], error) {
		list, err := a.ofKind(ctx, in.ID, kind)
		if err != nil {
			return nil, err
		}
		return &entriesOutput[B]{showEntries[B](list)}, nil
	})
	huma.Register(api, put("change-one-of-"+path, at+"/{entry}", "Change it; one that had ended holds again: "+what, "file"), func(ctx context.Context, in *changeEntryInput[B]) (*entryOutput[B], error) {
		user, err := a.mayKeepKind(ctx, in.ID, kind)
		if err != nil {
			return nil, err
		}
		return shownEntry[B](ctx, a)(a.file.Change(ctx, in.ID, in.Entry, P(&in.Body.Body), in.Body.change(user)))
	})
	huma.Register(api, ask("end-one-of-"+path, at+"/{entry}/end", "Say that it holds no more: "+what, "file"), func(ctx context.Context, in *endEntryInput) (*entryOutput[B], error) {
		user, err := a.mayKeepKind(ctx, in.ID, kind)
		if err != nil {
			return nil, err
		}
		return shownEntry[B](ctx, a)(a.file.End(ctx, in.ID, kind, in.Entry, healthfile.Day(in.Body.On), records.Change{By: user.ID, Reason: in.Body.Reason, From: in.Body.Version}))
	})
	huma.Register(api, ask("withdraw-one-of-"+path, at+"/{entry}/withdraw", "Say that it was an error: it stays in histories alone: "+what, "file"), func(ctx context.Context, in *withdrawEntryInput) (*entryOutput[B], error) {
		user, err := a.mayKeepKind(ctx, in.ID, kind)
		if err != nil {
			return nil, err
		}
		return shownEntry[B](ctx, a)(a.file.Withdraw(ctx, in.ID, kind, in.Entry, records.Change{By: user.ID, Reason: in.Body.Reason, From: in.Body.Version}))
	})
	huma.Register(api, get("history-of-"+path, at+"/{entry}/history", "All versions, newest first: "+what, "file"), func(ctx context.Context, in *EntryPath) (*entriesOutput[B], error) {
		if err := a.maySee(ctx, kind.Scope(), in.ID); err != nil {
			return nil, a.failed(ctx, "check the access", err)
		}
		return entryHistory[B](ctx, a, in.ID, kind, in.Entry)
	})
}

// mayKeepKind asks the one check for changing entries of a kind, and returns who asks:
// who changes one is shown it.
func (a *API) mayKeepKind(ctx context.Context, resident string, k healthfile.Kind) (records.User, error) {
	user, err := a.mayKeep(ctx, resident)
	if err != nil || k.Scope() == records.File {
		return user, err
	}
	if err := a.maySee(ctx, k.Scope(), resident); err != nil {
		return user, a.failed(ctx, "check the access", err)
	}
	return user, nil
}

// ofKind are the entries of a kind, for a request that may see them.
func (a *API) ofKind(ctx context.Context, resident string, k healthfile.Kind) ([]healthfile.Entry, error) {
	if err := a.maySee(ctx, k.Scope(), resident); err != nil {
		return nil, a.failed(ctx, "check the access", err)
	}
	list, err := a.file.Kind(ctx, resident, k)
	if err != nil {
		return nil, a.failed(ctx, "read the file", err)
	}
	return list, nil
}

func entryHistory[B any](ctx context.Context, a *API, resident string, k healthfile.Kind, id string) (*entriesOutput[B], error) {
	list, err := a.file.History(ctx, resident, k, id)
	if err != nil {
		return nil, a.failed(ctx, "read the history", err)
	}
	return &entriesOutput[B]{showEntries[B](list)}, nil
}

// shownEntry answers with what a change has made.
func shownEntry[B any](ctx context.Context, a *API) func(healthfile.Entry, error) (*entryOutput[B], error) {
	return func(e healthfile.Entry, err error) (*entryOutput[B], error) {
		if err != nil {
			return nil, a.failed(ctx, "change the file", err)
		}
		return &entryOutput[B]{showEntry[B](e)}, nil
	}
}
