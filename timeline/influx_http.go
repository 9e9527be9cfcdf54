package timeline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	influxhttp "github.com/influxdata/influxdb-client-go/v2/api/http"
)

// failed sorts errors out: unavailable are those that may pass by themselves.
// After one of them it is looked anew at what the server has.
func (s *Influx) failed(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	var refused *influxhttp.Error
	if errors.As(err, &refused) {
		switch code := refused.StatusCode; {
		case code == 0, code >= 500, code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code == http.StatusNotFound:
		default:
			return err
		}
	}
	s.unready()
	if errors.Is(err, ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// unready has whoever comes next look what the server has.
func (s *Influx) unready() {
	s.mu.Lock()
	s.ready = false
	s.mu.Unlock()
}

// query asks in Flux, and hands the rows of the answer to f.
func (s *Influx) query(ctx context.Context, flux string, f func(answerRow) error) error {
	body, err := json.Marshal(map[string]any{
		"query": flux, "type": "flux", "dialect": map[string]any{"header": true, "annotations": []string{}},
	})
	if err != nil {
		return err
	}
	address := s.client.HTTPService().ServerAPIURL() + "query?" + url.Values{"org": {s.config.Org}}.Encode()
	return s.post(ctx, address, "application/json", body, func(r io.Reader) error { return readAnswer(r, f) })
}

// influxQL runs a command of 1.8 that changes something.
func (s *Influx) influxQL(ctx context.Context, command string) error {
	database, _, _ := strings.Cut(s.config.Bucket, "/")
	address := strings.TrimSuffix(s.client.HTTPService().ServerURL(), "/") + "/query"
	form := url.Values{"db": {database}, "q": {command}}.Encode()
	return s.post(ctx, address, "application/x-www-form-urlencoded", []byte(form), func(r io.Reader) error {
		var answer struct {
			Error   string
			Results []struct{ Error string }
		}
		if err := json.NewDecoder(r).Decode(&answer); err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		for _, result := range answer.Results {
			answer.Error += result.Error
		}
		if answer.Error != "" {
			return errors.New("influxdb: " + answer.Error)
		}
		return nil
	})
}

func (s *Influx) post(ctx context.Context, address, kind string, body []byte, read func(io.Reader) error) error {
	refused := s.client.HTTPService().DoPostRequest(ctx, address, bytes.NewReader(body),
		func(r *http.Request) {
			r.Header.Set("Content-Type", kind)
			// 1.8 leaves the end of a compressed answer away now and then, for which a
			// proxy on the way might ask by itself.
			r.Header.Set("Accept-Encoding", "identity")
		},
		func(r *http.Response) error {
			defer func() { _ = r.Body.Close() }()
			return read(r.Body)
		})
	if refused != nil {
		return s.failed(refused)
	}
	return nil
}
