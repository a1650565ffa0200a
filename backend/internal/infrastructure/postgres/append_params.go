package postgres

import (
	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// appendParams lays a batch out as the columns that AppendBatch unnests.
func appendParams(b ledger.Batch) sqlcgen.AppendBatchParams {
	p := sqlcgen.AppendBatchParams{Now: b.Now, Size: b.Size, Root: b.Root[:], Note: string(b.Note)}
	for i := range b.Entries {
		e := &b.Entries[i]
		p.Seqs = append(p.Seqs, e.Seq)
		p.Types = append(p.Types, e.Type)
		p.Payloads = append(p.Payloads, e.Payload)
		p.PayloadHashes = append(p.PayloadHashes, e.PayloadHash[:])
		p.Nonces = append(p.Nonces, e.Nonce[:])
		p.KeyIds = append(p.KeyIds, e.KeyID[:])
		p.Signatures = append(p.Signatures, e.Signature[:])
		p.PrevHashes = append(p.PrevHashes, e.PrevHash[:])
		p.EntryHashes = append(p.EntryHashes, e.Hash[:])
		p.Times = append(p.Times, e.At)
	}
	for i := range b.Nodes {
		p.NodeIds = append(p.NodeIds, b.Nodes[i].ID)
		p.NodeHashes = append(p.NodeHashes, b.Nodes[i].Hash[:])
	}
	for _, d := range b.Effects.Documents {
		addDocument(&p, d)
	}
	for _, r := range b.Effects.Revisions {
		addRevision(&p, r)
	}
	for _, s := range b.Effects.Signatures {
		addSignature(&p, s)
	}
	return p
}

func addDocument(p *sqlcgen.AppendBatchParams, d domain.Document) {
	p.DocIds = append(p.DocIds, d.ID)
	p.DocReferences = append(p.DocReferences, string(d.Reference))
	p.DocTitles = append(p.DocTitles, d.Title)
	p.DocUrls = append(p.DocUrls, d.URL)
	p.DocChecksums = append(p.DocChecksums, d.Checksum)
	p.DocAlgorithms = append(p.DocAlgorithms, d.ChecksumAlgorithm)
	p.DocDescriptions = append(p.DocDescriptions, d.Description)
	p.DocTimes = append(p.DocTimes, d.CreatedAt)
	p.DocAuthors = append(p.DocAuthors, d.CreatedBy)
}

func addRevision(p *sqlcgen.AppendBatchParams, r domain.Revision) {
	p.RevDocIds = append(p.RevDocIds, r.Document.ID)
	p.RevRevisions = append(p.RevRevisions, int32(r.Document.Revision)) //nolint:gosec // revisions are counted from 1
	p.RevTitles = append(p.RevTitles, r.Document.Title)
	p.RevUrls = append(p.RevUrls, r.Document.URL)
	p.RevChecksums = append(p.RevChecksums, r.Document.Checksum)
	p.RevAlgorithms = append(p.RevAlgorithms, r.Document.ChecksumAlgorithm)
	p.RevAuthors = append(p.RevAuthors, r.CreatedBy)
	p.RevTimes = append(p.RevTimes, r.CreatedAt)
	p.RevSeqs = append(p.RevSeqs, r.Seq)
}

func addSignature(p *sqlcgen.AppendBatchParams, s domain.Signature) {
	p.SigDocIds = append(p.SigDocIds, s.DocID)
	p.SigRevisions = append(p.SigRevisions, int32(s.Revision)) //nolint:gosec // revisions are counted from 1
	p.SigUsers = append(p.SigUsers, s.UserID)
	p.SigEmails = append(p.SigEmails, s.UserEmail)
	p.SigNames = append(p.SigNames, s.UserName)
	p.SigTimes = append(p.SigTimes, s.SignedAt)
	p.SigPayloadHashes = append(p.SigPayloadHashes, s.PayloadHash)
	p.SigSignatures = append(p.SigSignatures, s.Signature)
	p.SigNonces = append(p.SigNonces, s.Nonce)
	p.SigPrevHashes = append(p.SigPrevHashes, s.PrevHash)
	p.SigReferers = append(p.SigReferers, s.Referer)
	p.SigSeqs = append(p.SigSeqs, s.Seq)
}
