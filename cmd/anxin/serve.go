package main

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/anxin-care/anxin/internal/service"
)

type serveCommand struct {
	service.Config `embed:""`
}

func (c *serveCommand) Run(e *env) error {
	log, err := e.logger(&c.Config)
	if err != nil {
		return err
	}
	s, err := service.Open(e.ctx, c.Config, log)
	if err != nil {
		return fmt.Errorf("start: %w", withWayOut(err))
	}
	defer s.Close()
	log.Info("Anxin is up", "http", s.HTTPAddr(), "mqtt", s.MQTTAddrs())
	return s.Run(e.ctx)
}

// withWayOut says what can be done about a start that failed.
func withWayOut(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w: another program listens there; choose another address with --http-addr or --mqtt-addr", err)
	}
	return err
}
