package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/diagnose"
	"github.com/ackify/ackify/backend/internal/infrastructure/logging"
	"github.com/ackify/ackify/backend/internal/infrastructure/tracing"
)

func serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(os.Environ(), true)
			if err != nil {
				return err
			}
			if os.Getenv("GOGC") == "" {
				// A heap of a few megabytes would be collected dozens of times a second while many sign at once.
				debug.SetGCPercent(400)
			}
			logger := logging.New(os.Stderr, cfg.LogLevel, cfg.LogFormat)
			if unknown := config.Unknown(os.Environ()); len(unknown) > 0 {
				logger.Warn("these variables mean nothing to Ackify", "variables", unknown)
			}
			return serve(cmd.Context(), cfg, logger)
		},
	}
}

// serve runs until ctx ends, then lets what is in flight finish.
func serve(ctx context.Context, cfg config.Config, logger *slog.Logger) error {
	traces, err := tracing.Start(ctx, cfg.Traces, buildVersion(), logger)
	if err != nil {
		return err
	}
	var told time.Time // when the server was told to stop
	defer func() { stopTraces(traces, told) }()
	return serveTraced(ctx, cfg, traces, &told, traces.Logger(logger))
}

// serveTraced is serve with traces, or without them. It says when it was told to stop.
func serveTraced(ctx context.Context, cfg config.Config, traces *tracing.Traces, told *time.Time, logger *slog.Logger) (err error) {
	if err := diagnose.Writable(cfg); err != nil {
		return err
	}
	// The port first: whoever has it already is told so before a database starts, and whoever asks is told that this process lives.
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.ListenAddr)
	if err != nil {
		return fmt.Errorf("listen on ACKIFY_LISTEN_ADDR: %w", err)
	}
	gate := newGate(cfg, logger)
	server := &http.Server{
		Handler: gate, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer func() { err = errors.Join(err, server.Close()) }()

	db, err := openDatabase(ctx, &cfg, traces, logger)
	if err != nil {
		return unlessStopped(ctx, err)
	}
	defer func() { err = errors.Join(err, db.close(databaseGoodbye(*told))) }()
	if err := refusePower(ctx, db); err != nil {
		return unlessStopped(ctx, err)
	}
	app, err := wire(ctx, cfg, db, traces, logger)
	if err != nil {
		return unlessStopped(ctx, err)
	}
	background := app.work(domain.WithOrigin(context.WithoutCancel(ctx), domain.Origin{Kind: domain.ActorSystem}))
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), workersGoodbye)
		defer cancel()
		background.end(last, logger)
	}()
	closeMetrics, err := serveMetrics(ctx, cfg.MetricsAddr, app.metrics, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeMetrics()) }()

	gate.Open(app.handler, app.able)
	if err := welcome(context.WithoutCancel(ctx), app, cfg, listener.Addr()); err != nil {
		return err
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	*told = time.Now()
	logger.Info("stopping")
	gate.Stop()
	return background.finish(context.WithoutCancel(ctx), server, listener, draining, logger)
}

// unlessStopped is nil when something failed because the server was told to stop while it started.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // that was asked for
	}
	return err
}

// serveMetrics serves metrics on an address of their own, if there is one, until the function returned is called.
func serveMetrics(ctx context.Context, addr string, handler http.Handler, logger *slog.Logger) (func() error, error) {
	if addr == "" {
		return func() error { return nil }, nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on ACKIFY_METRICS_ADDR: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: time.Minute}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			logger.Error("metrics are no longer served", "error", err)
		}
	}()
	return server.Close, nil
}

// welcome says where the server is and, while nobody administers it, prints the one-time link that changes that.
func welcome(ctx context.Context, app *application, cfg config.Config, addr net.Addr) error {
	fmt.Printf("Ackify %s is ready at %s (listening on %s)\n", buildVersion(), cfg.BaseURL, addr)
	required, err := app.accounts.SetupRequired(ctx)
	if err != nil || !required {
		return err
	}
	token := domain.NewSecret()
	if err := app.accounts.IssueSetupToken(ctx, token); err != nil {
		return err
	}
	fmt.Printf("Nobody administers it yet. Open this link within 24 hours; it works once:\n\n  %s/setup#token=%s\n\n", cfg.BaseURL, token)
	return nil
}
