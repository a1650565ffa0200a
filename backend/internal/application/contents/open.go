package contents

import (
	"context"
	"crypto/md5" //nolint:gosec // a document's legacy checksum may be one
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Open returns a stored content once its bytes were found to be what was fixed: those with its hash and its checksum. It fails with
// domain.ErrContentNotFound, ErrContentMissing, ErrContentDamaged or ErrStorage. The caller closes the blob.
func (s Service) Open(ctx context.Context, content domain.Content, checksum domain.Checksum) (Blob, error) {
	if !content.Kept() {
		return nil, domain.ErrContentNotFound
	}
	blob, err := s.Store.Open(ctx, content.Hash)
	if err != nil {
		return nil, err
	}
	if err := s.check(ctx, blob, content, checksum); err != nil {
		return nil, errors.Join(err, blob.Close())
	}
	return blob, nil
}

// check hashes a blob unless its very bytes were hashed before.
func (s Service) check(ctx context.Context, blob Blob, content domain.Content, checksum domain.Checksum) error {
	proven := fmt.Sprintf("%x %s %s %s", content.Hash, checksum.Algorithm, checksum.Hex, blob.Version())
	if s.Memory.proven.Contains(proven) {
		return nil
	}
	if blob.Size() != content.Size {
		return domain.ErrContentDamaged.Because(fmt.Errorf("%x has %d bytes, not %d", content.Hash, blob.Size(), content.Size))
	}
	own, given := sha256.New(), newHash(checksum.Algorithm)
	if _, err := io.Copy(io.MultiWriter(own, given), reader{ctx, blob}); err != nil {
		return asStorage(err)
	}
	if [sha256.Size]byte(own.Sum(nil)) != content.Hash || hex.EncodeToString(given.Sum(nil)) != checksum.Hex {
		return domain.ErrContentDamaged.Because(fmt.Errorf("the stored bytes of %x are others", content.Hash))
	}
	if _, err := blob.Seek(0, io.SeekStart); err != nil {
		return asStorage(err)
	}
	s.Memory.proven.Add(proven, struct{}{})
	return nil
}

func newHash(algorithm string) hash.Hash {
	switch algorithm {
	case domain.SHA512:
		return sha512.New()
	case domain.MD5:
		return md5.New() //nolint:gosec // see above
	}
	return sha256.New()
}

// Sum hashes a stored content with another algorithm. It fails as Open does.
func (s Service) Sum(ctx context.Context, content domain.Content, checksum domain.Checksum, algorithm string) (_ domain.Checksum, err error) {
	blob, err := s.Open(ctx, content, checksum)
	if err != nil {
		return domain.Checksum{}, err
	}
	defer func() { err = errors.Join(err, blob.Close()) }()
	sum := newHash(algorithm)
	if _, err := io.Copy(sum, reader{ctx, blob}); err != nil {
		return domain.Checksum{}, asStorage(err)
	}
	return domain.Checksum{Algorithm: algorithm, Hex: hex.EncodeToString(sum.Sum(nil))}, nil
}

func asStorage(err error) error {
	var known *domain.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	return domain.ErrStorage.Because(err)
}

// reader ends when its context does.
type reader struct {
	ctx context.Context //nolint:containedctx // it lives as long as one copy
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// Text reads a content that is shown as text. It fails as Open does, and with domain.ErrContentNotText.
func (s Service) Text(ctx context.Context, content domain.Content, checksum domain.Checksum) (_ []byte, err error) {
	if content.Kept() && !content.IsText() {
		return nil, domain.ErrContentNotText
	}
	blob, err := s.Open(ctx, content, checksum)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, blob.Close()) }()
	text, err := io.ReadAll(io.LimitReader(blob, domain.MaxTextSize+1))
	if err != nil {
		return nil, asStorage(err)
	}
	return text, nil
}

// Page shows a content that is text as a page. What was shown of late is remembered: a page may take seconds to make.
func (s Service) Page(ctx context.Context, content domain.Content, checksum domain.Checksum, title string) ([]byte, error) {
	text, err := s.Text(ctx, content, checksum)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%x %s %s", content.Hash, content.Kind(), title)
	if page, known := s.Memory.pages.Get(name); known {
		return page, nil
	}
	page, err := s.Render(ctx, content.Kind(), text, title)
	if err == nil {
		s.Memory.pages.Add(name, page)
	}
	return page, err
}

// Render shows a text as a page, when it is its turn.
func (s Service) Render(ctx context.Context, kind domain.ContentKind, text []byte, title string) ([]byte, error) {
	if err := s.Memory.turn(ctx); err != nil {
		return nil, err
	}
	defer s.Memory.done()
	return s.Renderer.Render(kind, text, title)
}

// Compare tells how to get from one text to another.
func (s Service) Compare(ctx context.Context, from, to domain.Content, old, recent []byte) (Difference, error) {
	if err := s.Memory.turn(ctx); err != nil {
		return Difference{}, err
	}
	defer s.Memory.done()
	return s.Renderer.Compare(from.Kind(), old, to.Kind(), recent)
}
