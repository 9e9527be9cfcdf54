package channels

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// maxAnswer bounds what is read of an answer's body, in bytes.
	maxAnswer = 8 << 10
	// maxRetryAfter bounds what a provider can ask for.
	maxRetryAfter = time.Hour
)

// post sends a request and gives the body of an answer that is a success. It
// reads no more of it than is of use.
func post(kind Kind, client *http.Client, request *http.Request) (status int, body []byte, err error) {
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, unheard(kind, err)
	}
	defer response.Body.Close()
	body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	// How a refusal goes on does not matter; that a success was cut off does, for a
	// gateway's verdict may be in what is missing.
	if f := judge(kind, response.StatusCode, response.Header); f != nil {
		return response.StatusCode, nil, f
	}
	if err != nil {
		return response.StatusCode, nil, unheard(kind, err)
	}
	return response.StatusCode, body, nil
}

// judge says what an HTTP status means, nil for a success.
func judge(kind Kind, status int, header http.Header) *Failure {
	if status >= 200 && status < 300 {
		return nil
	}
	f := &Failure{kind: kind, answer: httpAnswer(status), reason: "the answer was " + httpAnswer(status)}
	switch {
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		f.wait = retryAfter(header.Get("Retry-After"), time.Now())
	default:
		f.permanent = true
	}
	return f
}

func httpAnswer(status int) string { return fmt.Sprintf("HTTP %d", status) }

// retryAfter reads the header of that name: seconds, or a date (RFC 9110, section
// 10.2.3). What it cannot read is 0.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	var wait time.Duration
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		wait = time.Duration(min(max(seconds, 0), int64(maxRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}
