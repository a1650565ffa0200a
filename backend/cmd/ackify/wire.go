package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/application/audit"
	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/application/documents"
	"github.com/ackify/ackify/backend/internal/application/erasure"
	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/application/probe"
	"github.com/ackify/ackify/backend/internal/application/reminders"
	"github.com/ackify/ackify/backend/internal/application/sessions"
	"github.com/ackify/ackify/backend/internal/application/signin"
	"github.com/ackify/ackify/backend/internal/application/signing"
	"github.com/ackify/ackify/backend/internal/application/tokens"
	"github.com/ackify/ackify/backend/internal/application/trail"
	"github.com/ackify/ackify/backend/internal/application/workers"
	"github.com/ackify/ackify/backend/internal/infrastructure/accesstoken"
	"github.com/ackify/ackify/backend/internal/infrastructure/certificate"
	"github.com/ackify/ackify/backend/internal/infrastructure/checkpointfile"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/content"
	"github.com/ackify/ackify/backend/internal/infrastructure/diagnose"
	"github.com/ackify/ackify/backend/internal/infrastructure/oidc"
	"github.com/ackify/ackify/backend/internal/infrastructure/passwords"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/secrets"
	"github.com/ackify/ackify/backend/internal/infrastructure/tracing"
	"github.com/ackify/ackify/backend/internal/presentation"
	"github.com/ackify/ackify/backend/internal/presentation/api"
	"github.com/ackify/ackify/backend/internal/presentation/middleware"
	"github.com/ackify/ackify/backend/internal/presentation/web"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// application is everything that runs.
type application struct {
	handler   http.Handler
	able      func(ctx context.Context) error // why it cannot work right now
	metrics   http.Handler
	sequencer *ledger.Sequencer
	anchor    *ledger.Anchor
	checker   *audit.Checker
	cleanup   sessions.Cleanup
	tidying   accounts.Cleanup
	collector contents.Collector
	rechecker documents.Rechecker
	mail      mailing
	scheduler reminders.Scheduler
	completer reminders.Completer
	accounts  accounts.Service
}

func newAccounts(db postgres.DB, cfg config.Config, mails accounts.Mails, codeKey []byte) accounts.Service {
	return accounts.Service{
		Repository: postgres.Accounts{DB: db}, Hasher: passwords.NewHasher(max(2, runtime.NumCPU())), Mails: mails, Clock: time.Now,
		Settings: accounts.Settings{
			BaseURL: cfg.BaseURL.String(), AdminEmails: cfg.AdminEmails, Passwords: cfg.Passwords, MagicLinks: cfg.MagicLinks,
			Registration: cfg.Registration, FreeFailures: cfg.RateLimits.Auth, ClientLinks: cfg.RateLimits.Links, CodeKey: codeKey,
		},
	}
}

// people is everything about who is who and who is here.
type people struct {
	accounts accounts.Service
	sessions sessions.Service
	signIn   signin.Service
	tokens   tokens.Service
	store    middleware.SessionStore
	probe    probe.Key
}

func newPeople(cfg config.Config, db *database, mails accounts.Mails, traces *tracing.Traces, logger *slog.Logger) (p people, err error) {
	keys := map[string][]byte{}
	for _, purpose := range []string{"ackify/csrf/v1", "ackify/access-token/v1", "ackify/login-attempt/v1", "ackify/login-code/v1", probe.Purpose} {
		if keys[purpose], err = secrets.Derive(cfg.CookieSecret, purpose); err != nil {
			return p, fmt.Errorf("ACKIFY_OAUTH_COOKIE_SECRET: %w", err)
		}
	}
	sealer, err := secrets.NewSealer("ackify/provider-tokens/v1", cfg.CookieSecret, cfg.CookiePrevious)
	if err != nil {
		return p, err
	}
	signer, err := accesstoken.New(keys["ackify/access-token/v1"], cfg.BaseURL.String())
	if err != nil {
		return p, err
	}
	providers, err := oidc.Configure(cfg.Providers, traces.Transport("identity provider"), time.Now)
	if err != nil {
		return p, err
	}
	p.probe = keys[probe.Purpose]
	p.accounts = newAccounts(db.DB, cfg, mails, keys["ackify/login-code/v1"])
	p.signIn = signin.Service{
		Providers: providers, Repository: postgres.LogInAttempts{DB: db.DB}, Accounts: postgres.Accounts{DB: db.DB}, Users: p.accounts,
		Key: keys["ackify/login-attempt/v1"], BaseURL: cfg.BaseURL.String(), Clock: time.Now,
	}
	p.sessions = sessions.Service{
		Repository: postgres.Sessions{DB: db.DB}, Sealer: sealer, Refresher: p.signIn, Mails: mails, AccountURL: cfg.BaseURL.String() + "/account",
		Clock: time.Now, Logger: logger,
	}
	p.tokens = tokens.Service{Repository: postgres.Tokens{DB: db.DB}, Signer: signer, Accounts: p.accounts, Notices: p.sessions, Clock: time.Now}
	p.store = middleware.SessionStore{
		Sessions: p.sessions, Bearers: p.tokens, Tries: middleware.NewBearer(cfg.RateLimits.Auth), Secure: cfg.BaseURL.Scheme == "https", Path: cfg.BaseURL.Path + "/",
		CSRFKey: keys["ackify/csrf/v1"],
	}
	return p, nil
}

// wire is the only place where things are constructed.
func wire(ctx context.Context, cfg config.Config, db *database, traces *tracing.Traces, logger *slog.Logger) (*application, error) {
	keys, err := proof.ParseSecret(cfg.SigningKey)
	if err != nil {
		return nil, fmt.Errorf("ACKIFY_SIGNING_KEY: %w", err)
	}
	mails, err := newMail(cfg, db, traces, logger)
	if err != nil {
		return nil, err
	}
	people, err := newPeople(cfg, db, mails.composer, traces, logger)
	if err != nil {
		return nil, err
	}
	certificates, err := certificate.New(cfg.Organisation, cfg.BaseURL.String(), mails.words)
	if err != nil {
		return nil, err
	}
	spa, err := web.New(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	sequencer, ledgerArea, err := newLedger(ctx, cfg, db, keys, logger)
	if err != nil {
		return nil, err
	}
	runs, requests, appending := workers.NewRecorder(time.Now), middleware.NewRequests(), presentation.NewSigningDuration()
	sequencer.Took = func(d time.Duration) { appending.Observe(d.Seconds()) }
	appender := traces.Ledger(sequencer)
	reading, err := newReading(cfg, db, appender, mails.composer, traces, logger)
	if err != nil {
		return nil, err
	}
	reminding := newReminders(cfg, db, mails, logger)
	server := &api.Server{
		Accounts: people.accounts, Sessions: people.sessions, SignIn: people.signIn, Tokens: people.tokens, Store: people.store,
		Documents: reading.documents, MaxFileSize: cfg.Storage.MaxSize, RenditionStyle: content.StyleHash(),
		Signing: signing.Service{
			Documents: postgres.Documents{DB: db.DB}, Readers: reading.documents, Signatures: postgres.Signatures{DB: db.DB}, Ledger: appender, Receipts: ledgerArea.Reader, Sentences: mails.words,
			Certificates: certificates,
		},
		Signers: newSigners(cfg, db, appender), Ledger: ledgerArea,
		Erasures:  erasure.Service{Repository: postgres.Erasures{DB: db.DB}, Clock: time.Now},
		Reminders: reminding, Emails: mails.desk, BounceToken: cfg.Notices.BounceToken,
		Trail:    trail.Service{Repository: postgres.Trail{DB: db.DB}, Clock: time.Now},
		Attempts: middleware.NewAttempts(cfg.RateLimits.Auth), Creations: middleware.NewCreations(cfg.RateLimits.Documents),
		Settings: newSettings(cfg, db), Tests: middleware.NewCreations(testsAMinute),
		Database: db.DB, Probe: people.probe, Full: func() string { return diagnose.Full(cfg) }, Runs: runs, Sentences: mails.words, Problems: api.Problems{Logger: logger},
		BaseURL: cfg.BaseURL, Organisation: cfg.Organisation, Version: buildVersion(), Clock: time.Now,
	}
	handler, err := presentation.Router{
		API: server, Web: spa, Logger: logger, TrustedProxies: cfg.TrustedProxies, Requests: requests,
		LimitGeneral: cfg.RateLimits.General, Tracer: traces.Tracer(),
	}.Handler()
	if err != nil {
		return nil, err
	}
	app := &application{
		handler: handler, able: server.Able, metrics: presentation.Metrics(server, requests, appending, db.DB), sequencer: sequencer, accounts: people.accounts,
		anchor: ledgerArea.Anchor, checker: ledgerArea.Checker,
		cleanup:   sessions.Cleanup{Repository: people.sessions.Repository, Clock: time.Now, Logger: logger},
		tidying:   accounts.Cleanup{Repository: people.accounts.Repository, Clock: time.Now, Logger: logger},
		collector: reading.collector, rechecker: reading.rechecker, mail: mails,
		scheduler: reminders.Scheduler{Service: reminding}, completer: reminders.Completer{Service: reminding},
	}
	app.record(runs)
	return app, nil
}

// record has the runs of all workers recorded.
func (app *application) record(runs *workers.Recorder) {
	app.sequencer.Runs, app.anchor.Runs, app.checker.Runs = runs, runs, runs
	app.cleanup.Runs, app.tidying.Runs, app.collector.Runs, app.rechecker.Runs = runs, runs, runs, runs
	app.scheduler.Runs, app.completer.Runs = runs, runs
	if app.mail.worker != nil {
		app.mail.worker.Runs = runs
	}
}

// newGate makes what answers while there is nothing else yet, and whether the server is ready.
func newGate(cfg config.Config, logger *slog.Logger) *presentation.Gate {
	return presentation.NewGate(presentation.Router{
		API:    &api.Server{BaseURL: cfg.BaseURL, Version: buildVersion(), Clock: time.Now, Problems: api.Problems{Logger: logger}},
		Logger: logger, TrustedProxies: cfg.TrustedProxies,
	})
}

// newLedger makes what writes the ledger, and what publishes, checks and shows it.
func newLedger(
	ctx context.Context, cfg config.Config, db *database, keys proof.Keys, logger *slog.Logger,
) (*ledger.Sequencer, api.LedgerArea, error) {
	store := postgres.Ledger{DB: db.DB}
	origin, err := ledger.Open(ctx, store, cfg.BaseURL, keys, time.Now())
	if err != nil {
		return nil, api.LedgerArea{}, err
	}
	area, err := newLedgerArea(ctx, cfg, db, keys, origin, logger)
	if err != nil {
		return nil, area, err
	}
	sequencer := ledger.NewSequencer(store, keys, origin, time.Now, logger)
	sequencer.Guard = area.Anchor
	return sequencer, area, nil
}

// newLedgerArea makes what publishes, checks and shows the ledger, and compares it with what was published.
func newLedgerArea(
	ctx context.Context, cfg config.Config, db *database, keys proof.Keys, origin string, logger *slog.Logger,
) (api.LedgerArea, error) {
	store := postgres.Ledger{DB: db.DB}
	file, err := checkpointfile.Open(cfg.CheckpointFile)
	if err != nil {
		return api.LedgerArea{}, err
	}
	anchor := &ledger.Anchor{Store: store, File: file, Origin: origin, Clock: time.Now, Logger: logger}
	if err := anchor.Open(ctx); err != nil {
		return api.LedgerArea{}, err
	}
	tiles, err := ledger.NewTiles(store)
	if err != nil {
		return api.LedgerArea{}, err
	}
	pinned, err := pinnedKeys(origin, keys)
	if err != nil {
		return api.LedgerArea{}, err
	}
	return api.LedgerArea{
		Reader: ledger.Service{Ledger: store}, Tiles: tiles, Anchor: anchor, Public: cfg.LedgerPublic, KeyID: proof.KeyID(keys.StatementPublic()),
		Checker: audit.NewChecker(audit.Verifier{Store: store, File: file, Pinned: pinned}, postgres.Checks{DB: db.DB}, time.Now, logger),
		SameVolume: func() (same, known bool) {
			if !cfg.Embedded() {
				return false, false // where the database keeps its files is not known here
			}
			return checkpointfile.SameVolume(cfg.CheckpointFile, cfg.DataDir)
		},
	}, nil
}

// pinnedKeys trusts the keys of one secret.
func pinnedKeys(origin string, keys proof.Keys) (proof.KeySet, error) {
	vkey, err := proof.VerifierKey(origin, keys.LedgerPublic())
	return proof.KeySet{
		Origin:    origin,
		Statement: []proof.StatementKey{{KeyID: proof.KeyID(keys.StatementPublic()), PublicKey: keys.StatementPublic()}},
		Ledger:    []proof.LedgerKey{{Vkey: vkey}},
	}, err
}
