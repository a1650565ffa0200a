package api

import (
	"context"
	"errors"

	"github.com/ackify/ackify/backend/internal/application/documents"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/presentation/middleware"
)

// CreateDocument makes the document that a reference names, or finds it.
func (s *Server) CreateDocument(ctx context.Context, in CreateDocumentRequestObject) (CreateDocumentResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	forgive, err := s.Creations.Begin(middleware.Exchange(ctx))
	if err != nil {
		return nil, err
	}
	view, created, err := s.Documents.Create(ctx, session.User, in.Body.Reference, value(in.Body.Title))
	if !created {
		err = errors.Join(err, forgive())
	}
	if err != nil {
		return nil, err
	}
	document := s.toDocument(view, session.User.Locale)
	if created {
		return CreateDocument201JSONResponse(document), nil
	}
	return CreateDocument200JSONResponse(document), nil
}

// GetDocument returns one document with the sentence to accept.
func (s *Server) GetDocument(ctx context.Context, in GetDocumentRequestObject) (GetDocumentResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	view, err := s.Documents.Get(ctx, session.User, in.DocId)
	if err != nil {
		return nil, err
	}
	locale, err := domain.ParseLocale(string(value(in.Params.StatementLocale)), session.User.Locale)
	if err != nil {
		return nil, err
	}
	return GetDocument200JSONResponse(s.toDocument(view, locale)), nil
}

// ListDocuments lists documents, or finds the one of a reference.
func (s *Server) ListDocuments(ctx context.Context, in ListDocumentsRequestObject) (ListDocumentsResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	var found domain.Page[documents.View]
	if in.Params.Reference != nil {
		found.Items, err = s.Documents.Find(ctx, session.User, *in.Params.Reference)
	} else {
		found, err = s.Documents.List(ctx, session.User, page(in.Params.Limit, in.Params.Cursor, in.Params.Q))
	}
	if err != nil {
		return nil, err
	}
	return ListDocuments200JSONResponse{
		NextCursor: optional(found.NextCursor),
		Items: mapAll(found.Items, func(v documents.View) Document {
			return s.toDocument(v, session.User.Locale)
		}),
	}, nil
}

func (s *Server) toDocument(v documents.View, locale domain.Locale) Document {
	d := Document{
		DocId: v.ID, Reference: string(v.Reference), Title: v.Title, Url: v.URL, Description: v.Description,
		Checksum: v.Checksum, ChecksumAlgorithm: v.ChecksumAlgorithm, Revision: v.Revision,
		CreatedAt: Timestamp(v.CreatedAt), UpdatedAt: Timestamp(v.UpdatedAt), CanManage: v.Managed,
		Statement: &Statement{Locale: Locale(locale), Text: s.Sentences.Acknowledgement(locale)},
	}
	if v.Managed {
		d.SignatureCount = &v.Signatures
	}
	if v.Mine != nil {
		mine := s.toSignature(*v.Mine)
		d.MySignature = &mine
	}
	return d
}
