package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

type doctorCommand struct {
	HTTPAddr string `name:"http-addr" env:"ANXIN_HTTP_ADDR" default:"127.0.0.1:8080" help:"Address of the service."`
	Quiet    bool   `help:"Say nothing when all is well."`
}

// Run asks a running service how it is. Its error is what is wrong.
func (c *doctorCommand) Run(e *env) error {
	ctx, cancel := context.WithTimeout(e.ctx, 4*time.Second)
	defer cancel()
	base := "http://" + reachable(c.HTTPAddr)
	if _, err := fetch(ctx, base+"/healthz"); err != nil {
		return fmt.Errorf("the service does not answer at %s: %w", c.HTTPAddr, err)
	}
	if body, err := fetch(ctx, base+"/readyz"); err != nil {
		return fmt.Errorf("the service is up but takes no readings in: %s", body)
	}
	metrics, err := fetch(ctx, base+"/metrics")
	if err != nil {
		return err
	}
	var wrong []error
	for line := range strings.Lines(metrics) {
		if part, ok := strings.CutPrefix(line, `anxin_part_stopped{part="`); ok && strings.HasSuffix(line, " 1\n") {
			part, _, _ = strings.Cut(part, `"`)
			wrong = append(wrong, fmt.Errorf("a part does not work: %s; the service's log says why", part))
		}
		if strings.HasPrefix(line, "anxin_journal_reader_failing") && strings.HasSuffix(line, " 1\n") {
			wrong = append(wrong, fmt.Errorf("a reader of the journal fails: %s", strings.TrimSpace(line)))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return err
	}
	if !c.Quiet {
		for line := range strings.Lines(metrics) {
			if strings.HasPrefix(line, "anxin_messages_") || strings.HasPrefix(line, "anxin_journal_lag") {
				fmt.Fprint(e.stdout, line)
			}
		}
		fmt.Fprintln(e.stdout, "all is well")
	}
	return nil
}

// reachable is where to ask a service that listens on every address.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err == nil && (host == "" || host == "0.0.0.0" || host == "::") {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}

func fetch(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(resp.Status)
	}
	return string(body), err
}
