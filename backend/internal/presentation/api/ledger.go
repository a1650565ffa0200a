package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/ackify/ackify/backend/internal/application/audit"
	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// LedgerArea is what the ledger's handlers work with.
type LedgerArea struct {
	Reader  ledger.Service
	Tiles   *ledger.Tiles
	Anchor  *ledger.Anchor
	Checker *audit.Checker
	KeyID   proof.Hash // of the statement key that this process signs with
	Public  bool       // whether anyone may read checkpoint and tiles
	// SameVolume tells whether the checkpoint file is on the database's volume, if that is known.
	SameVolume func() (same, known bool)
}

// GetLedgerKeys returns every key that was ever valid.
func (s *Server) GetLedgerKeys(ctx context.Context, _ GetLedgerKeysRequestObject) (GetLedgerKeysResponseObject, error) {
	set, err := s.Ledger.Reader.KeySet(ctx)
	if err != nil {
		return nil, err
	}
	return keysResponse(set), nil
}

// keysResponse answers a key set in the very form that verifiers pin.
type keysResponse proof.KeySet

func (k keysResponse) VisitGetLedgerKeysResponse(w http.ResponseWriter) error {
	body, err := proof.KeySet(k).JSON()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(body) //nolint:gosec // JSON with nosniff, not a page
	return err
}

// GetCheckpoint returns the newest checkpoint.
func (s *Server) GetCheckpoint(ctx context.Context, _ GetCheckpointRequestObject) (GetCheckpointResponseObject, error) {
	if err := s.mayReadLedger(ctx); err != nil {
		return nil, err
	}
	note, err := s.Ledger.Reader.Checkpoint(ctx)
	return textResponse{body: note}, err
}

// mayReadLedger refuses strangers where the ledger is not public.
func (s *Server) mayReadLedger(ctx context.Context) error {
	if s.Ledger.Public {
		return nil
	}
	return authorize(ctx, "getLedger")
}

// getTile serves /ledger/tile/*: C2SP tlog-tiles. Full tiles never change; a partial one does not either, but a larger one replaces it.
func (s *Server) getTile(w http.ResponseWriter, r *http.Request) {
	if err := s.mayReadLedger(r.Context()); err != nil {
		s.Problems.Write(w, r, err)
		return
	}
	tile, err := s.Ledger.Tiles.Tile(r.Context(), chi.URLParam(r, "*"))
	if err != nil {
		s.Problems.Write(w, r, err)
		return
	}
	h := w.Header()
	who, how := "public", ", max-age=31536000, immutable"
	if !s.Ledger.Public {
		who = "private"
	}
	if !tile.Full {
		how = ", max-age=3600"
	}
	h.Set("Cache-Control", who+how)
	h.Set("Content-Type", "application/octet-stream")
	content := tile.Content
	if tile.Entries {
		// Hashes do not get shorter; entries repeat their key's id and their form.
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			h.Set("Content-Encoding", "gzip")
			content = compress(content)
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content)
}

func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if (name == "gzip" || name == "*") && strings.ReplaceAll(weight, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

func compress(content []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	// A bytes.Buffer takes everything.
	_, _ = z.Write(content)
	_ = z.Close()
	return b.Bytes()
}

// GetLedger tells the ledger's state.
func (s *Server) GetLedger(ctx context.Context, _ GetLedgerRequestObject) (GetLedgerResponseObject, error) {
	if err := authorize(ctx, "getLedger"); err != nil {
		return nil, err
	}
	set, err := s.Ledger.Reader.KeySet(ctx)
	if err != nil {
		return nil, err
	}
	checks, err := s.Ledger.Checker.State(ctx)
	if err != nil {
		return nil, err
	}
	anchor := s.Ledger.Anchor.State()
	state := LedgerState{
		Origin: set.Origin, Public: s.Ledger.Public, Keys: toKeys(set),
		Running: toCheck(checks.Running), LastCheck: toCheck(checks.Ended), LastFullCheck: toCheck(checks.Full),
	}
	state.Status, state.Reason = s.ledgerStatus(set, anchor, checks)
	state.Published.File, state.Published.SameVolume = anchor.Path, s.sameVolume()
	state.Published.Size, state.Published.At = optional(anchor.Size), timestamp(anchor.PublishedAt)
	newest, err := s.Ledger.Reader.Newest(ctx)
	if errors.Is(err, domain.ErrLedgerEmpty) {
		return GetLedger200JSONResponse(state), nil
	}
	state.Size, state.Root = newest.Size, optional(base64.StdEncoding.EncodeToString(newest.Root[:]))
	return GetLedger200JSONResponse(state), err
}

// ledgerStatus is what is wrong with the ledger, the worst first: what stops signing everywhere, then here, then what was found.
func (s *Server) ledgerStatus(keys proof.KeySet, anchor ledger.AnchorState, checks audit.State) (LedgerStatus, *string) {
	if anchor.Broken != nil {
		reason := domain.AsError(anchor.Broken).Detail
		if cause := errors.Unwrap(anchor.Broken); cause != nil {
			reason = cause.Error()
		}
		return LedgerStatusInconsistent, &reason
	}
	if key, known := keys.StatementKey(s.Ledger.KeyID); !known || !key.NotAfter.IsZero() {
		return LedgerStatusKeyRetired, optional(domain.ErrKeyRetired.Detail)
	}
	if finding := checks.Disproven(); finding != nil {
		return LedgerStatusDisproven, optional(finding.Error())
	}
	return LedgerStatusOk, nil
}

func (s *Server) sameVolume() *bool {
	if same, known := s.Ledger.SameVolume(); known {
		return &same
	}
	return nil
}

// CheckLedger begins a check of the whole ledger.
func (s *Server) CheckLedger(ctx context.Context, _ CheckLedgerRequestObject) (CheckLedgerResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	begun, err := s.Ledger.Checker.Ask(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Trail.Record(ctx, domain.ActLedgerCheck, &session.User, nil); err != nil {
		return nil, err
	}
	return CheckLedger202JSONResponse(*toCheck(&begun)), nil
}

// LedgerHealth is the part of a health report that is about the ledger.
func (s *Server) LedgerHealth(ctx context.Context) (*LedgerHealth, error) {
	checks, err := s.Ledger.Checker.State(ctx)
	if err != nil {
		return nil, err
	}
	anchor := s.Ledger.Anchor.State()
	health := &LedgerHealth{
		SameVolume: s.sameVolume(), PublishedSize: optional(anchor.Size), PublishedAt: timestamp(anchor.PublishedAt),
	}
	keys, err := s.Ledger.Reader.KeySet(ctx)
	if err != nil {
		return nil, err
	}
	health.Status, _ = s.ledgerStatus(keys, anchor, checks)
	if checks.Last != nil {
		health.CheckedAt = timestamp(checks.Last.FinishedAt)
	}
	newest, err := s.Ledger.Reader.Newest(ctx)
	if errors.Is(err, domain.ErrLedgerEmpty) {
		return health, nil
	}
	health.Size = &newest.Size
	return health, err
}

func toCheck(c *audit.Check) *LedgerCheck {
	if c == nil {
		return nil
	}
	check := &LedgerCheck{
		Id: c.ID, State: LedgerCheckState(c.State), Since: c.Since, Size: c.Size, Checked: c.Checked, Erased: c.Erased,
		StartedAt: Timestamp(c.StartedAt), FinishedAt: timestamp(c.FinishedAt),
	}
	if f := c.Finding; f != nil {
		check.Code, check.Detail = &f.Code, &f.Detail
		if f.Seq >= 0 {
			check.Seq = &f.Seq
		}
	}
	return check
}

func toKeys(set proof.KeySet) LedgerKeys {
	return LedgerKeys{
		Origin: set.Origin,
		Ledger: mapAll(set.Ledger, func(k proof.LedgerKey) LedgerKey {
			return LedgerKey{Vkey: k.Vkey, NotBefore: Timestamp(k.NotBefore), NotAfter: timestamp(k.NotAfter)}
		}),
		Statement: mapAll(set.Statement, func(k proof.StatementKey) StatementKey {
			return StatementKey{
				KeyId: hex.EncodeToString(k.KeyID[:]), PublicKey: base64.StdEncoding.EncodeToString(k.PublicKey),
				NotBefore: Timestamp(k.NotBefore), NotAfter: timestamp(k.NotAfter),
			}
		}),
	}
}
