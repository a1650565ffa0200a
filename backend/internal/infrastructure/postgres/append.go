package postgres

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// statements lays a batch out as the statements that write it.
func statements(b ledger.Batch) (*pgx.Batch, error) {
	out := &pgx.Batch{}
	out.Queue(sqlcgen.TakeTurn, b.Now)
	queueEntries(out, b.Entries)
	queueTree(out, b)
	queueDocuments(out, b.Effects)
	if len(b.Effects.Signatures) > 0 {
		queueSignatures(out, b)
	}
	for _, roster := range b.Effects.Rosters {
		if err := queueRoster(out, roster); err != nil {
			return nil, err
		}
	}
	return out, queueAudit(out, b.Effects.Audit)
}

// queueDocuments writes what a batch makes of documents.
func queueDocuments(out *pgx.Batch, e domain.Effects) {
	for _, d := range e.Documents {
		out.Queue(sqlcgen.AddDocument, d.ID, string(d.Reference), d.Title, d.URL, d.Checksum, d.ChecksumAlgorithm, d.Description,
			string(d.Reader.Mode), d.Reader.Download, d.Reader.FullRead, d.Reader.ChecksumRequired, d.CreatedAt, d.CreatedBy)
	}
	for _, r := range e.Revisions {
		d := r.Document
		var hash []byte
		if d.Content.Kept() {
			hash = d.Content.Hash[:]
		}
		out.Queue(sqlcgen.AddRevision, d.ID, d.Revision, d.Title, d.URL, d.Checksum, d.ChecksumAlgorithm, r.CreatedBy, r.CreatedAt, r.Seq,
			d.Change() == domain.ChangeMaterial, hash, d.Content.FileName, d.Content.MediaType, d.Content.Size)
		if d.Revision > 1 {
			out.Queue(sqlcgen.UnchangedDocument, d.ID, d.UpdatedAt)
			out.Queue(sqlcgen.ReviseDocument, d.Title, d.URL, d.Checksum, d.ChecksumAlgorithm, d.Revision, d.MaterialRevision,
				string(d.Reader.Mode), d.Reader.Download, d.Reader.FullRead, d.Reader.ChecksumRequired, d.ID)
		}
	}
	for _, r := range e.Removals {
		out.Queue(sqlcgen.UnchangedDocument, r.DocID, r.Seen)
		out.Queue(sqlcgen.RemoveDocument, optionalTime(r.DeletedAt), r.DocID)
	}
	for _, r := range e.Remotes {
		out.Queue(sqlcgen.SetRemote, r.DocID, string(r.State), r.Problem, optionalTime(r.CheckedAt), r.NextCheckAt)
	}
}

// queueAudit writes what a batch tells the audit trail.
func queueAudit(out *pgx.Batch, events []domain.AuditEvent) error {
	for _, event := range events {
		row, err := auditRow(event)
		if err != nil {
			return err
		}
		out.Queue(sqlcgen.AddAuditEvent, row.At, row.Action, row.ActorKind, row.ActorID, row.ActorEmail, row.SubjectType, row.SubjectID,
			row.SubjectLabel, row.Detail, row.IpAddress, row.UserAgent, row.RequestID)
	}
	return nil
}

// queueTree writes what holds a batch's entries together.
func queueTree(out *pgx.Batch, b ledger.Batch) {
	queueNodes(out, b.Nodes)
	out.Queue(sqlcgen.AddCheckpoint, b.Size, b.Root[:], string(b.Note), b.Now)
}

// queueEntries writes entries that are under one key.
func queueEntries(out *pgx.Batch, entries []domain.Entry) {
	n := len(entries)
	types, payloads, payloadHashes := make([]string, n), make([][]byte, n), make([][]byte, n)
	nonces, signatures, prevHashes, entryHashes := make([][]byte, n), make([][]byte, n), make([][]byte, n), make([][]byte, n)
	times := make([]time.Time, n)
	for i := range entries {
		e := &entries[i]
		times[i] = e.At
		types[i], payloads[i], payloadHashes[i] = e.Type, e.Payload, e.PayloadHash[:]
		nonces[i], signatures[i], prevHashes[i], entryHashes[i] = e.Nonce[:], e.Signature[:], e.PrevHash[:], e.Hash[:]
	}
	first := &entries[0]
	out.Queue(sqlcgen.AddEntries, first.Seq, first.KeyID[:], types, payloads, payloadHashes, nonces, signatures, prevHashes,
		entryHashes, times)
}

func queueNodes(out *pgx.Batch, nodes []ledger.Node) {
	hashes := make([][]byte, len(nodes))
	for i := range nodes {
		hashes[i] = nodes[i].Hash[:]
	}
	out.Queue(sqlcgen.AddNodes, nodes[0].ID, hashes)
}

func queueSignatures(out *pgx.Batch, b ledger.Batch) {
	rows := b.Effects.Signatures
	text := func(column func(*domain.Signature) string) []string {
		values := make([]string, len(rows))
		for i := range rows {
			values[i] = column(&rows[i])
		}
		return values
	}
	revisions, seqs, times := make([]int, len(rows)), make([]int64, len(rows)), make([]time.Time, len(rows))
	for i := range rows {
		revisions[i], seqs[i], times[i] = rows[i].Revision, rows[i].Seq, rows[i].SignedAt
	}
	out.Queue(sqlcgen.AddSignatures,
		text(func(s *domain.Signature) string { return s.DocID }), revisions,
		text(func(s *domain.Signature) string { return s.UserID }),
		text(func(s *domain.Signature) string { return s.UserEmail }),
		text(func(s *domain.Signature) string { return s.UserName }),
		text(func(s *domain.Signature) string { return s.PayloadHash }),
		text(func(s *domain.Signature) string { return s.Signature }),
		text(func(s *domain.Signature) string { return s.Nonce }),
		text(func(s *domain.Signature) string { return s.PrevHash }),
		text(func(s *domain.Signature) string { return s.Referer }), seqs, times)
}
