package service

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"strings"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
)

// NewPassword makes up a password that can be typed: 80 random bits.
func NewPassword() string {
	b := make([]byte, 10)
	_, _ = rand.Read(b) // never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))
}

// AddUser adds a user who can sign in with the password.
func (s *Service) AddUser(ctx context.Context, u records.User, password string) (records.User, error) {
	u, err := s.Users.Add(ctx, u)
	if err != nil {
		return u, err
	}
	return u, s.Users.SetPassword(ctx, u.ID, password)
}

// EnsureHome makes a home unless it is there, or has no id.
func (s *Service) EnsureHome(ctx context.Context, h devices.Home) error {
	if h.ID == "" {
		return nil
	}
	_, err := s.Registry.Home(ctx, h.ID)
	if errors.Is(err, devices.ErrNotFound) {
		_, err = s.Registry.AddHome(ctx, h)
	}
	return err
}
