package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// GetHealth tells whether this instance can work.
func (s *Server) GetHealth(ctx context.Context, _ GetHealthRequestObject) (GetHealthResponseObject, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	health := Health{Status: Healthy, Database: Connected, Version: s.Version, Time: Timestamp(s.Clock())}
	if err := s.Database.Ready(ctx); err != nil {
		health.Status = Unhealthy
		health.Reason = optional(domain.AsError(err).Detail)
		if errors.Is(err, domain.ErrDatabase) {
			health.Database = Disconnected
		}
		return GetHealth503JSONResponse(health), nil
	}
	return GetHealth200JSONResponse(health), nil
}

// GetConfig tells the web app what it needs before anyone logs in.
func (s *Server) GetConfig(ctx context.Context, _ GetConfigRequestObject) (GetConfigResponseObject, error) {
	setup, err := s.Accounts.SetupRequired(ctx)
	if err != nil {
		return nil, err
	}
	return GetConfig200JSONResponse{
		Organisation: s.Organisation, BaseUrl: s.BaseURL.String(), Version: s.Version,
		Locales:       mapAll(domain.Locales, func(l domain.Locale) Locale { return Locale(l) }),
		SetupRequired: setup, LoginMethods: []PublicConfigLoginMethods{Password}, PasswordMinLength: domain.PasswordMinLength,
	}, nil
}

// GetContract serves the contract that this server was built from.
func (s *Server) GetContract(context.Context, GetContractRequestObject) (GetContractResponseObject, error) {
	return contractResponse(s.contract), nil
}

type contractResponse []byte

func (c contractResponse) VisitGetContractResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/json")
	_, err := w.Write(c) //nolint:gosec // JSON with nosniff, not a page
	return err
}
