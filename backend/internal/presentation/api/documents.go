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
	takeTime(ctx)
	view, created, err := s.Documents.Create(ctx, session.User, documents.CreateInput{
		Reference: in.Body.Reference, Title: value(in.Body.Title), Description: value(in.Body.Description),
		Checksum: value(in.Body.Checksum), Algorithm: string(value(in.Body.ChecksumAlgorithm)), Reader: readerChoice(in.Body.Reader),
	})
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
		filter := documents.Filter{State: string(value(in.Params.State)), Source: string(value(in.Params.Source)), Sort: string(value(in.Params.Sort))}
		found, err = s.Documents.List(ctx, session.User, filter, page(in.Params.Limit, in.Params.Cursor, in.Params.Q))
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

// UpdateDocument changes what needs no revision.
func (s *Server) UpdateDocument(ctx context.Context, in UpdateDocumentRequestObject) (UpdateDocumentResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	view, err := s.Documents.Update(ctx, session.User, in.DocId, documents.UpdateInput{
		Description: in.Body.Description, Reader: readerChoice(in.Body.Reader), Recheck: in.Body.Recheck,
	})
	if err != nil {
		return nil, err
	}
	return UpdateDocument200JSONResponse(s.toDocument(view, session.User.Locale)), nil
}

// DeleteDocument takes a document away from its readers.
func (s *Server) DeleteDocument(ctx context.Context, in DeleteDocumentRequestObject) (DeleteDocumentResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Documents.Delete(ctx, session.User, in.DocId); err != nil {
		return nil, err
	}
	return DeleteDocument204Response{}, nil
}

// RestoreDocument takes a deletion back.
func (s *Server) RestoreDocument(ctx context.Context, in RestoreDocumentRequestObject) (RestoreDocumentResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	view, err := s.Documents.Restore(ctx, session.User, in.DocId)
	if err != nil {
		return nil, err
	}
	return RestoreDocument200JSONResponse(s.toDocument(view, session.User.Locale)), nil
}

// PutDocumentMetadata sets what a document says about itself.
func (s *Server) PutDocumentMetadata(ctx context.Context, in PutDocumentMetadataRequestObject) (PutDocumentMetadataResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	takeTime(ctx)
	view, err := s.Documents.SetMetadata(ctx, session.User, in.DocId, documents.Metadata{
		Title: in.Body.Title, URL: in.Body.Url, Checksum: in.Body.Checksum, Algorithm: text(in.Body.ChecksumAlgorithm),
		Description: in.Body.Description,
	})
	if err != nil {
		return nil, err
	}
	return PutDocumentMetadata200JSONResponse(s.toDocument(view, session.User.Locale)), nil
}

// PreviewDocument tells what a reference would become.
func (s *Server) PreviewDocument(ctx context.Context, in PreviewDocumentRequestObject) (PreviewDocumentResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.Creations.Begin(middleware.Exchange(ctx)); err != nil {
		return nil, err
	}
	takeTime(ctx)
	found, err := s.Documents.Preview(ctx, session.User, in.Body.Reference)
	if err != nil {
		return nil, err
	}
	answer := DocumentPreview{
		Reference: string(found.Reference), Url: found.URL, Title: found.Title, DocId: optional(found.Existing), Service: toService(found.URL),
		Content: toContent(found.Content), Checksum: optional(found.Checksum.Hex), ChecksumAlgorithm: optional(ChecksumAlgorithm(found.Checksum.Algorithm)),
	}
	if found.Existing == "" {
		options := toReader(found.Reader)
		answer.Reader = &options
	}
	if found.Problem != nil {
		answer.Problem = &RemoteProblem{Code: found.Problem.Code, Detail: found.Problem.Detail}
	}
	return PreviewDocument200JSONResponse(answer), nil
}

func readerChoice(in *ReaderChoice) domain.ReaderChoice {
	if in == nil {
		return domain.ReaderChoice{}
	}
	return domain.ReaderChoice{
		Mode: (*domain.ReadMode)(in.Mode), Download: in.Download, FullRead: in.FullRead, ChecksumRequired: in.ChecksumRequired,
	}
}

// text is an enum as the application takes it.
func text[T ~string](p *T) *string {
	if p == nil {
		return nil
	}
	s := string(*p)
	return &s
}

func toReader(o domain.ReaderOptions) ReaderOptions {
	return ReaderOptions{Mode: ReaderOptionsMode(o.Mode), Download: o.Download, FullRead: o.FullRead, ChecksumRequired: o.ChecksumRequired}
}

func toContent(c domain.Content) *DocumentContent {
	if !c.Kept() {
		return nil
	}
	return &DocumentContent{Kind: DocumentContentKind(c.Kind()), MediaType: c.MediaType, Size: c.Size, FileName: c.FileName}
}

func toService(url string) *LinkedService {
	service, known := domain.ServiceOf(url)
	if !known {
		return nil
	}
	return &LinkedService{Id: service.ID, Name: service.Name}
}

func toProblem(code string) *RemoteProblem {
	if problem := domain.LookProblem(code); problem != nil {
		return &RemoteProblem{Code: problem.Code, Detail: problem.Detail}
	}
	return nil
}

func toRemote(v documents.View) *RemoteState {
	r := v.Remote
	if r == nil {
		return nil
	}
	return &RemoteState{
		State: RemoteStateState(r.State), Recheck: r.Recheck && v.Checksum != "", // without a checksum there is nothing to compare
		CheckedAt: timestamp(r.CheckedAt), FoundChecksum: optional(r.FoundChecksum),
		Problem: toProblem(r.Problem),
	}
}

func (s *Server) toDocument(v documents.View, locale domain.Locale) Document {
	d := Document{
		DocId: v.ID, Reference: string(v.Reference), Title: v.Title, Url: v.URL, Description: v.Description,
		Checksum: v.Checksum, ChecksumAlgorithm: ChecksumAlgorithm(v.ChecksumAlgorithm), Revision: v.Revision, MaterialRevision: v.MaterialRevision,
		Content: toContent(v.Content), Reader: toReader(v.Reader), Service: toService(v.URL), Remote: toRemote(v),
		CreatedAt: Timestamp(v.CreatedAt), UpdatedAt: Timestamp(v.UpdatedAt), DeletedAt: timestamp(v.DeletedAt),
		CanManage: v.Managed, CanEdit: v.Editable, Asked: &v.Asked, DueAt: timestamp(v.Expectation.DueAt),
		Statement: &Statement{Locale: Locale(locale), Text: s.Sentences.Acknowledgement(locale)},
	}
	if v.Managed {
		d.SignatureCount, d.ExpectedCount, d.MissingCount, d.OverdueCount = &v.Signatures, &v.Expected, &v.Missing, v.Overdue
	}
	if v.Mine != nil {
		mine := s.toSignature(*v.Mine)
		d.MySignature = &mine
	}
	if v.Earlier != nil {
		earlier := s.toSignature(*v.Earlier)
		d.MyEarlierSignature = &earlier
	}
	return d
}
