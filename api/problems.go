package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/timeline"
)

// invalid is the answer to a request that cannot be read: which part, what it
// was, and what would be right.
func invalid(location string, value any, message string) error {
	return huma.Error422UnprocessableEntity("the request cannot be carried out: "+message,
		&huma.ErrorDetail{Location: location, Value: value, Message: message})
}

// failed is the answer when something of ours did not work. The cause goes to
// the log, not to the client.
func (a *API) failed(ctx context.Context, what string, err error) error {
	var status huma.StatusError
	var fault *store.Fault
	switch {
	case errors.As(err, &status):
		return err
	case errors.As(err, &fault):
		return faultProblem(err, fault)
	case errors.Is(err, context.Canceled):
		return huma.NewError(499, "the client went away")
	case errors.Is(err, timeline.ErrUnavailable):
		a.log.WarnContext(ctx, what, "error", err)
		return huma.Error503ServiceUnavailable("the timeline cannot be reached; readings are kept in the journal and will be there later")
	}
	a.log.ErrorContext(ctx, what, "error", err)
	return huma.Error500InternalServerError("could not " + what)
}

// faultProblem is the answer to a request that cannot be carried out as it is.
// Its type ends in the fault's code, by which programs tell one from another.
func faultProblem(err error, fault *store.Fault) error {
	status := map[error]int{
		store.ErrNotFound: http.StatusNotFound, store.ErrConflict: http.StatusConflict,
		store.ErrInvalid: http.StatusUnprocessableEntity, store.ErrForbidden: http.StatusForbidden,
	}[fault.Kind]
	if status == 0 {
		status = http.StatusInternalServerError
	}
	problem := &huma.ErrorModel{
		Type: "urn:anxin:error:" + fault.Code, Title: http.StatusText(status), Status: status, Detail: err.Error(),
	}
	for _, f := range fault.Fields {
		problem.Errors = append(problem.Errors, &huma.ErrorDetail{Location: "body." + f.Path, Message: f.Message})
	}
	return problem
}

// longestEcho is how many bytes of what was sent stand in a problem's details.
const longestEcho = 200

// withoutEchoes takes out of a problem what was sent, where that is long or has parts:
// a whole body would come back once for each of its faults, a document of some
// megabytes among them.
func withoutEchoes(_ huma.Context, _ string, answer any) (any, error) {
	problem, ok := answer.(*huma.ErrorModel)
	if !ok {
		return answer, nil
	}
	for _, detail := range problem.Errors {
		switch value := detail.Value.(type) {
		case nil, bool, float64, int:
		case string:
			if len(value) > longestEcho {
				detail.Value = nil
			}
		default:
			detail.Value = nil
		}
	}
	return problem, nil
}

// writeError answers with an error outside of an operation.
func writeError(w http.ResponseWriter, err error) {
	var problem *huma.ErrorModel
	switch {
	case !errors.As(err, &problem):
		writeProblem(w, http.StatusInternalServerError, "could not do that")
	case problem.Status == http.StatusUnauthorized:
		unauthorized(w, problem.Detail)
	default:
		write(w, problem)
	}
}

// writeProblem answers outside of an operation.
func writeProblem(w http.ResponseWriter, status int, detail string) {
	write(w, &huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: detail})
}

func write(w http.ResponseWriter, problem *huma.ErrorModel) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(problem.Status)
	_ = json.NewEncoder(w).Encode(problem)
}

// jsonResponse is an answer whose body can be written: what cannot must not
// begin with 200.
func jsonResponse(body any) (*huma.StreamResponse, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "application/json")
		ctx.SetHeader("Vary", "Accept")
		ctx.SetStatus(http.StatusOK)
		_, _ = ctx.BodyWriter().Write(append(text, '\n'))
	}}, nil
}
