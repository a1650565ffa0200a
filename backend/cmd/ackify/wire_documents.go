package main

import (
	"log/slog"
	"path/filepath"
	"runtime"
	"time"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/application/documents"
	"github.com/ackify/ackify/backend/internal/application/emails"
	roster "github.com/ackify/ackify/backend/internal/application/signers"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
	"github.com/ackify/ackify/backend/internal/infrastructure/content"
	"github.com/ackify/ackify/backend/internal/infrastructure/fetch"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/storage"
	"github.com/ackify/ackify/backend/internal/infrastructure/tracing"
)

// reading is everything about what there is to read.
type reading struct {
	documents documents.Service
	collector contents.Collector
	rechecker documents.Rechecker
}

func newReading(
	cfg config.Config, db *database, ledger tracing.Ledger, mails emails.Composer, traces *tracing.Traces, logger *slog.Logger,
) (r reading, err error) {
	store, err := newStore(cfg, traces)
	if err != nil {
		return r, err
	}
	taken, err := newContents(cfg, db, store, traces)
	if err != nil {
		return r, err
	}
	r.collector = contents.Collector{Store: store, Registry: taken.Registry, Clock: time.Now, Logger: logger}
	r.documents = documents.Service{
		Documents: postgres.Documents{DB: db.DB}, Remotes: postgres.Remotes{DB: db.DB}, Verifications: postgres.Verifications{DB: db.DB},
		Contents: taken, Signatures: postgres.Signatures{DB: db.DB}, Users: postgres.Accounts{DB: db.DB}, Mails: mails, Ledger: ledger,
		Creators: cfg.Creators, Access: cfg.DocumentAccess, BaseURL: cfg.BaseURL.String(), Recheck: recheck(cfg.Fetch), Clock: time.Now, Logger: logger,
	}
	r.rechecker = documents.Rechecker{Service: r.documents}
	return r, nil
}

// newSigners makes what asks people to sign.
func newSigners(cfg config.Config, db *database, ledger tracing.Ledger) roster.Service {
	return roster.Service{
		Documents: postgres.Documents{DB: db.DB}, Repository: postgres.Signers{DB: db.DB}, Groups: postgres.Groups{DB: db.DB},
		Signatures: postgres.Signatures{DB: db.DB}, Ledger: ledger, Creators: cfg.Creators, Zone: cfg.Notices.Zone, Clock: time.Now,
	}
}

// recheck is how often addresses are looked at again: never, where none is looked at.
func recheck(cfg config.Fetch) time.Duration {
	if !cfg.On {
		return 0
	}
	return cfg.Recheck
}

func newStore(cfg config.Config, traces *tracing.Traces) (contents.Store, error) {
	s := cfg.Storage
	if s.Kind != config.StorageS3 {
		return storage.NewLocal(s.Dir)
	}
	return storage.NewS3(storage.S3Config{
		Endpoint: s.S3.Endpoint, Bucket: s.S3.Bucket, Region: s.S3.Region, AccessKey: s.S3.AccessKey, SecretKey: s.S3.SecretKey,
		Prefix: s.S3.Prefix, PathStyle: s.S3.PathStyle, Watch: traces.Transport("storage"),
	})
}

func newContents(cfg config.Config, db *database, store contents.Store, traces *tracing.Traces) (c contents.Service, err error) {
	c = contents.Service{
		Inspector: content.Inspector{}, Store: store, Registry: postgres.StoredFiles{DB: db.DB}, Clock: time.Now, Limit: cfg.Storage.MaxSize,
	}
	if c.Fetcher, err = fetch.New(fetch.Config{
		AllowedHosts: cfg.Fetch.AllowedHosts, Proxy: cfg.Fetch.Proxy, Timeout: cfg.Fetch.Timeout, UserAgent: "Ackify/" + buildVersion(),
		Off: !cfg.Fetch.On, Watch: traces.Transport("document address"),
	}); err != nil {
		return c, err
	}
	if c.Spool, err = storage.NewSpool(filepath.Join(cfg.DataDir, "spool")); err != nil {
		return c, err
	}
	if c.Renderer, err = content.NewRenderer(); err != nil {
		return c, err
	}
	c.Memory, err = contents.NewMemory(max(2, runtime.NumCPU()))
	return c, err
}
