package api

import (
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/records/panels"
)

// schemaName is what a type is called in the description. What panels say of residents
// has the names of what the API itself says of them.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.PkgPath() == reflect.TypeFor[panels.Change]().PkgPath() {
		return "Expert" + name
	}
	return name
}

// describeReadings says by hand what an operation answers that chooses between
// JSON and CSV itself.
func describeReadings(op huma.Operation) huma.Operation {
	op.Responses = map[string]*huma.Response{"200": {
		Description: "The readings",
		Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/Readings"}},
			"text/csv":         {Schema: &huma.Schema{Type: huma.TypeString}},
		},
	}}
	return op
}

// describeEvents adds the stream, which is no operation of huma's, to the
// description.
func describeEvents(doc *huma.OpenAPI) {
	doc.Components.Schemas.Schema(reflect.TypeFor[Readings](), true, "Readings")
	event := doc.Components.Schemas.Schema(reflect.TypeFor[readingEvent](), true, "ReadingEvent")
	stream := &huma.Operation{
		OperationID: "events", Method: http.MethodGet, Path: "/api/v1/events", Summary: "Live changes as server-sent events",
		Description: "Events named reading carry a ReadingEvent, events named alert an Alert. Events named hello, first and every 15 seconds, carry the server's time as now: a stream without them for 35 seconds is not live. One named access says that what you may see has changed, and ends the stream.",
		Tags:        []string{"readings"}, Security: signedIn,
		Parameters: []*huma.Param{{
			Name: "resident", In: "query", Description: "Only these residents",
			Schema: &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}},
		}, {
			Name: "alerts", In: "query", Description: "all: alerts of everybody whom you may see, also where resident names some",
			Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"all"}},
		}, {
			Name: "readings", In: "query", Description: "none: alerts alone",
			Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"none"}},
		}},
		Responses: map[string]*huma.Response{"200": {
			Description: "The stream",
			Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: event}},
		}},
	}
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound} {
		stream.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/ErrorModel"}}},
		}
	}
	doc.AddOperation(stream)
}
