package main

import (
	"fmt"

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
		return fmt.Errorf("start: %w", err)
	}
	defer s.Close()
	log.Info("Anxin is up", "http", s.HTTPAddr(), "mqtt", s.MQTTAddrs())
	return s.Run(e.ctx)
}
