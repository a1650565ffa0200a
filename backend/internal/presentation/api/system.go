package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/internal/application/audit"
	"github.com/ackify/ackify/backend/internal/application/signin"
	"github.com/ackify/ackify/backend/internal/application/workers"
	"github.com/ackify/ackify/backend/internal/domain"
)

// GetHealth tells whether this instance can work.
func (s *Server) GetHealth(ctx context.Context, _ GetHealthRequestObject) (GetHealthResponseObject, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	runs := s.Runs.Workers()
	health := Health{Status: Healthy, Database: Connected, Version: s.Version, Time: Timestamp(s.Clock()), Workers: s.workersHealth(runs)}
	err := s.Database.Ready(ctx)
	if err == nil {
		health.Ledger, err = s.LedgerHealth(ctx)
	}
	if err != nil {
		health.Status = Unhealthy
		health.Reason = optional(domain.AsError(err).Detail)
		if errors.Is(err, domain.ErrDatabase) {
			health.Database = Disconnected
		}
		return GetHealth503JSONResponse(health), nil
	}
	if trouble := s.workersTrouble(runs); trouble != "" {
		health.Status, health.Reason = Degraded, &trouble
	}
	if health.Ledger.Status == LedgerStatusOk && s.Ledger.Anchor.State().Silent != nil {
		health.Status, health.Reason = Degraded, optional("The newest checkpoint cannot be published: see ACKIFY_CHECKPOINT_FILE and the log.")
	}
	if full := s.fullVolume(); full != "" {
		health.Status, health.Reason = Degraded, optional("The volume of "+full+" is full: new files are refused; signing goes on. Make room.")
	}
	if health.Ledger.Status != LedgerStatusOk {
		health.Status, health.Reason = Degraded, optional(ledgerAdvice[health.Ledger.Status])
	}
	return GetHealth200JSONResponse(health), nil
}

// Starting is the health report while there is nothing to report on yet.
func (s *Server) Starting(w http.ResponseWriter, _ *http.Request) {
	// Whoever asked and has gone cannot be told so.
	_ = GetHealth503JSONResponse(Health{
		Status: Unhealthy, Database: Disconnected, Version: s.Version, Time: Timestamp(s.Clock()),
		Reason: optional("The server is starting: it waits for its database, or brings it up to date."),
	}).VisitGetHealthResponse(w)
}

// Able tells why this process cannot work right now; nil when it can.
func (s *Server) Able(ctx context.Context) error {
	if err := s.Database.Ready(ctx); err != nil {
		return err
	}
	keys, err := s.Ledger.Reader.KeySet(ctx)
	if err != nil {
		return err
	}
	switch status, _ := s.ledgerStatus(keys, s.Ledger.Anchor.State(), audit.State{}); status {
	case LedgerStatusInconsistent:
		return domain.ErrInconsistent
	case LedgerStatusKeyRetired:
		return domain.ErrKeyRetired
	}
	return nil
}

// workersHealth is the part of a health report that is about what works beside the requests.
func (s *Server) workersHealth(runs []workers.Worker) *[]WorkerHealth {
	list := mapAll(runs, func(w workers.Worker) WorkerHealth {
		health := WorkerHealth{Name: w.Name, LastRun: timestamp(w.LastRun), Problem: optional(WorkerHealthProblem(w.Problem(s.Clock())))}
		switch {
		case w.LastRun.IsZero():
		case w.Failing.IsZero():
			health.Outcome = optional(WorkerHealthOutcomeOk)
		default:
			health.Outcome = optional(WorkerHealthOutcomeFailed)
		}
		return health
	})
	return &list
}

// workersTrouble says what is wrong with workers, "" when nothing is.
func (s *Server) workersTrouble(runs []workers.Worker) string {
	var words []string
	for _, w := range runs {
		switch w.Problem(s.Clock()) {
		case workers.Failing:
			words = append(words, "The worker "+w.Name+" has been failing since "+w.Failing.UTC().Format(time.RFC3339)+"; the log says why.")
		case workers.Late:
			words = append(words, "The worker "+w.Name+" has not run for long; restart this server.")
		case workers.None:
		}
	}
	return strings.Join(words, " ")
}

func (s *Server) fullVolume() string {
	if s.Full == nil {
		return ""
	}
	return s.Full()
}

// ledgerAdvice says what a ledger's status means and what to do.
var ledgerAdvice = map[LedgerStatus]string{
	LedgerStatusInconsistent: "Nothing is signed: the ledger does not continue what was published. Look for a newer backup, or see `ackify ledger accept`.",
	LedgerStatusKeyRetired:   "Nothing is signed here: the key was rotated. Restart this server with the new one.",
	LedgerStatusDisproven:    "The last check found something wrong in the ledger; `ackify verify ledger` says what.",
}

// GetConfig tells the web app what it needs before anyone logs in.
func (s *Server) GetConfig(ctx context.Context, _ GetConfigRequestObject) (GetConfigResponseObject, error) {
	setup, err := s.Accounts.SetupRequired(ctx)
	if err != nil {
		return nil, err
	}
	methods := []PublicConfigLoginMethods{}
	if s.Accounts.Settings.Passwords {
		methods = append(methods, PublicConfigLoginMethodsPassword)
	}
	if s.Accounts.MagicLinksOn() {
		methods = append(methods, PublicConfigLoginMethodsMagicLink)
	}
	return GetConfig200JSONResponse{
		Organisation: s.Organisation, BaseUrl: s.BaseURL.String(), Version: s.Version,
		Locales:       mapAll(domain.Locales, func(l domain.Locale) Locale { return Locale(l) }),
		SetupRequired: setup, LoginMethods: methods, PasswordMinLength: domain.PasswordMinLength,
		MaxFileSize: s.MaxFileSize, TimeZone: s.Reminders.Zone.String(),
		Registration: s.Accounts.RegistrationOpen(), Email: s.Accounts.Mails.Enabled(),
		Providers: mapAll(s.SignIn.Providers, func(p signin.Configured) LoginProvider {
			return LoginProvider{Id: p.ID, Label: p.Label, Kind: LoginProviderKind(p.Kind)}
		}),
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
