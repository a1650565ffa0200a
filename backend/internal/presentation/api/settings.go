package api

import (
	"context"

	"github.com/ackify/ackify/backend/internal/application/settings"
	"github.com/ackify/ackify/backend/internal/presentation/middleware"
)

// GetSettings shows the configuration in force.
func (s *Server) GetSettings(context.Context, GetSettingsRequestObject) (GetSettingsResponseObject, error) {
	return GetSettings200JSONResponse{Items: mapAll(s.Settings.Values, func(v settings.Setting) Setting {
		return Setting{Name: v.Name, Group: SettingGroup(v.Group), Value: optional(v.Value), Secret: v.Secret, Set: v.Set, Source: SettingSource(v.Source)}
	})}, nil
}

// TestSettings tries what this instance depends on.
func (s *Server) TestSettings(ctx context.Context, in TestSettingsRequestObject) (TestSettingsResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.Tests.Begin(middleware.Exchange(ctx)); err != nil {
		return nil, err
	}
	takeTime(ctx)
	found, err := s.Settings.Test(ctx, session.User, settings.Subject(in.Body.Subject))
	if err != nil {
		return nil, err
	}
	return TestSettings200JSONResponse{Worst: FindingLevel(settings.Worst(found)), Findings: mapAll(found, func(f settings.Finding) Finding {
		return Finding{Check: f.Check, Level: FindingLevel(f.Level), Text: f.Text, Remedy: optional(f.Remedy)}
	})}, nil
}
