package api

import (
	"bytes"
	"context"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/ackify/ackify/backend/internal/application/signing"
	"github.com/ackify/ackify/backend/internal/domain"
)

// Sign acknowledges a document.
func (s *Server) Sign(ctx context.Context, in SignRequestObject) (SignResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	signed, created, err := s.Signing.Sign(ctx, session, signing.SignInput{
		DocID: in.Body.DocId, Revision: value(in.Body.Revision), Locale: string(value(in.Body.StatementLocale)),
		Reading: toReading(in.Body.DisplayedChecksum, in.Body.Reading),
	})
	if err != nil {
		return nil, err
	}
	if created {
		return Sign201JSONResponse(s.toSignature(signed)), nil
	}
	return Sign200JSONResponse(s.toSignature(signed)), nil
}

func toReading(displayed *string, in *Reading) domain.Reading {
	reading := domain.Reading{DisplayedChecksum: strings.ToLower(strings.TrimSpace(value(displayed)))}
	if in != nil {
		reading.Known, reading.Pages, reading.PagesSeen, reading.Seconds = true, in.Pages, in.PagesSeen, in.Seconds
	}
	return reading
}

// ListMySignatures lists one's own acknowledgements.
func (s *Server) ListMySignatures(ctx context.Context, in ListMySignaturesRequestObject) (ListMySignaturesResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	mine, err := s.Signing.Mine(ctx, session.User, page(in.Params.Limit, in.Params.Cursor, in.Params.Q))
	if err != nil {
		return nil, err
	}
	return ListMySignatures200JSONResponse(s.toSignatures(mine)), nil
}

// ListDocumentSignatures lists who has signed a document.
func (s *Server) ListDocumentSignatures(
	ctx context.Context, in ListDocumentSignaturesRequestObject,
) (ListDocumentSignaturesResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.Signing.OfDocument(ctx, session.User, in.DocId, page(in.Params.Limit, in.Params.Cursor, in.Params.Q))
	if err != nil {
		return nil, err
	}
	return ListDocumentSignatures200JSONResponse(s.toSignatures(found)), nil
}

// GetReceipt returns the receipt of a signature.
func (s *Server) GetReceipt(ctx context.Context, in GetReceiptRequestObject) (GetReceiptResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	receipt, signed, err := s.Signing.Receipt(ctx, session.User, in.SignatureId)
	if err != nil {
		return nil, err
	}
	return textResponse{body: receipt, fileName: signed.ReceiptName()}, nil
}

// GetCertificate returns the certificate of a signature.
func (s *Server) GetCertificate(ctx context.Context, in GetCertificateRequestObject) (GetCertificateResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	pdf, name, err := s.Signing.Certificate(ctx, session.User, signing.CertificateInput{
		Signature: in.SignatureId, Locale: string(value(in.Params.Locale)), TimeZone: value(in.Params.TimeZone),
	})
	if err != nil {
		return nil, err
	}
	return GetCertificate200ApplicationpdfResponse{
		Body: bytes.NewReader(pdf), ContentLength: int64(len(pdf)),
		Headers: GetCertificate200ResponseHeaders{ContentDisposition: attachment(name)},
	}, nil
}

// attachment is the Content-Disposition of a download.
func attachment(fileName string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": fileName})
}

// textResponse answers UTF-8 text, as a download when it has a file name.
type textResponse struct {
	body     []byte
	fileName string
}

func (t textResponse) VisitGetReceiptResponse(w http.ResponseWriter) error    { return t.write(w) }
func (t textResponse) VisitGetCheckpointResponse(w http.ResponseWriter) error { return t.write(w) }

func (t textResponse) write(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if t.fileName != "" {
		w.Header().Set("Content-Disposition", attachment(t.fileName))
	}
	_, err := w.Write(t.body)
	return err
}

func (s *Server) toSignatures(p domain.Page[domain.Signature]) SignaturePage {
	return SignaturePage{NextCursor: optional(p.NextCursor), Items: mapAll(p.Items, s.toSignature)}
}

func (s *Server) toSignature(d domain.Signature) Signature {
	address := s.BaseURL.String() + "/api/v1/signatures/" + strconv.FormatInt(d.ID, 10)
	return Signature{
		Id: d.ID, Seq: d.Seq, DocId: d.DocID, DocTitle: d.DocTitle, Revision: d.Revision,
		UserEmail: d.UserEmail, UserName: d.UserName, SignedAt: Timestamp(d.SignedAt), PayloadHash: d.PayloadHash,
		Signature: d.Signature, Nonce: d.Nonce, PrevHash: d.PrevHash, EntryHash: d.EntryHash,
		ReceiptUrl: address + "/receipt", CertificateUrl: address + "/certificate", Erased: optional(d.Erased()),
	}
}
