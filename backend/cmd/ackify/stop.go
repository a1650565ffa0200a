package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/ackify/ackify/backend/internal/infrastructure/tracing"
)

// How long things have when the server is told to stop: 20 seconds in all.
const (
	// draining is how long open connections may bring new requests; their answers close them.
	draining = 300 * time.Millisecond
	// requestsGoodbye is for requests in flight; the workers that need nothing of them end meanwhile.
	requestsGoodbye = 10 * time.Second
	// workersGoodbye is, after that, for what the requests have queued.
	workersGoodbye = 6 * time.Second
	// goodbye is what the connections, and the embedded database, have the rest of; there is a second left to end it by force.
	goodbye = 19 * time.Second
	// tracesGoodbye is for spans that were not sent yet, at most, and within the 20 seconds.
	tracesGoodbye = 2 * time.Second
)

// databaseGoodbye is how long the database has to end, when the server was told to stop; zero: it was not.
func databaseGoodbye(told time.Time) time.Duration {
	if told.IsZero() {
		return unhurried
	}
	return time.Until(told.Add(goodbye))
}

// stopTraces sends the last spans, when the database has ended too.
func stopTraces(traces *tracing.Traces, told time.Time) {
	within := tracesGoodbye
	if !told.IsZero() {
		within = min(within, time.Until(told.Add(goodbye+time.Second)))
	}
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	traces.Stop(ctx)
}

// team is workers that end together.
type team struct {
	names string
	stop  context.CancelFunc
	ended chan struct{}
}

// begin starts a team.
func begin(ctx context.Context, names string, runs ...func(context.Context)) team {
	ctx, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	for _, run := range runs {
		all.Go(func() { run(ctx) })
	}
	t := team{names: names, stop: stop, ended: make(chan struct{})}
	go func() { all.Wait(); close(t.ended) }()
	return t
}

// end ends a team, or gives up waiting for it when ctx ends; nothing that was acknowledged is lost by that.
func (t team) end(ctx context.Context, logger *slog.Logger) {
	t.stop()
	select {
	case <-t.ended:
	case <-ctx.Done():
		logger.Warn("these did not end in time and are cut off", "workers", t.names)
	}
}

// teams are everything that runs beside the requests.
type teams struct {
	sequencer, anchor, others team
}

// work starts everything that runs beside the requests.
func (app *application) work(ctx context.Context) teams {
	return teams{
		sequencer: begin(ctx, "sequencer", app.sequencer.Run),
		anchor:    begin(ctx, "anchor", app.anchor.Run),
		others: begin(ctx, "mail and other workers",
			app.checker.Run, app.cleanup.Run, app.tidying.Run, app.collector.Run, app.rechecker.Run, app.scheduler.Run, app.completer.Run, app.mail.run),
	}
}

// end lets the sequencer append what is queued, then has that published, and waits for the others.
func (t teams) end(ctx context.Context, logger *slog.Logger) {
	t.others.stop()
	t.sequencer.end(ctx, logger)
	t.anchor.end(ctx, logger)
	t.others.end(ctx, logger)
}

// finish accepts no more connections and lets requests in flight finish, while workers that need nothing of them end. Requests that come over
// connections that are open are answered for as long as drain, which net/http's Shutdown does not do: a proxy that has just sent one on such a
// connection would not know whether to send it again.
func (t teams) finish(ctx context.Context, server *http.Server, listener net.Listener, drain time.Duration, logger *slog.Logger) error {
	t.others.stop()
	last, cancel := context.WithTimeout(ctx, requestsGoodbye)
	defer cancel()
	if err := listener.Close(); err != nil {
		return err
	}
	time.Sleep(drain)
	err := server.Shutdown(last)
	if errors.Is(err, context.DeadlineExceeded) {
		logger.Warn("requests did not finish in time and are cut off")
		err = server.Close()
	}
	if errors.Is(err, net.ErrClosed) {
		return nil // the listener, by now
	}
	return err
}
