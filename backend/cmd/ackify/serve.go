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
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/diagnose"
	"github.com/ackify/ackify/backend/internal/infrastructure/logging"
)

// goodbye is how long requests in flight have when the server is told to stop.
const goodbye = 15 * time.Second

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
func serve(ctx context.Context, cfg config.Config, logger *slog.Logger) (err error) {
	if err := diagnose.Writable(cfg); err != nil {
		return err
	}
	// The port first: whoever has it already is told so before a database starts.
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.ListenAddr)
	if err != nil {
		return fmt.Errorf("listen on ACKIFY_LISTEN_ADDR: %w", err)
	}
	defer func() {
		if closeErr := listener.Close(); !errors.Is(closeErr, net.ErrClosed) {
			err = errors.Join(err, closeErr)
		}
	}()
	db, err := openDatabase(ctx, &cfg, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close()) }()
	if err := refusePower(ctx, db); err != nil {
		return err
	}
	app, err := wire(ctx, cfg, db, logger)
	if err != nil {
		return err
	}

	system := domain.WithOrigin(context.WithoutCancel(ctx), domain.Origin{Kind: domain.ActorSystem})
	background, stopBackground := context.WithCancel(system)
	var workers sync.WaitGroup
	app.work(background, &workers)
	defer func() { stopBackground(); workers.Wait() }()

	closeMetrics, err := serveMetrics(ctx, cfg.MetricsAddr, app.metrics, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeMetrics()) }()

	server := &http.Server{
		Handler: app.handler, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if err := welcome(context.WithoutCancel(ctx), app, cfg, listener.Addr()); err != nil {
		return errors.Join(err, server.Close())
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	logger.Info("stopping")
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	return server.Shutdown(last)
}

// work starts everything that runs beside the requests, until ctx ends.
func (app *application) work(ctx context.Context, workers *sync.WaitGroup) {
	for _, run := range []func(context.Context){
		app.sequencer.Run, app.anchor.Run, app.checker.Run, app.cleanup.Run, app.tidying.Run, app.collector.Run, app.rechecker.Run,
		app.scheduler.Run, app.completer.Run, app.mail.run,
	} {
		workers.Go(func() { run(ctx) })
	}
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
