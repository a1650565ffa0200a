package contents

import (
	"context"
	"errors"
	"io"
	"path"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Found is a content that was taken in and looked at, but is not kept yet. Whoever has one closes it.
type Found struct {
	domain.Content
	Checksum domain.Checksum
	Title    string // found in the content, else made of the file's name

	spooled Spooled
}

// Use makes the checksum another algorithm's; "" is SHA-256.
func (f *Found) Use(algorithm string) (err error) {
	if _, err = domain.ParseChecksum("", algorithm); err != nil || algorithm == "" {
		return err
	}
	if algorithm == domain.MD5 {
		return domain.ErrLegacyAlgorithm
	}
	f.Checksum, err = f.spooled.Checksum(algorithm)
	return err
}

// Close forgets what Keep has not stored.
func (f *Found) Close() error { return f.spooled.Close() }

// Receive takes in a file that somebody sends; claimed is the media type they say it has. The checksum is made with algorithm.
func (s Service) Receive(ctx context.Context, r io.Reader, fileName, claimed, algorithm string) (*Found, error) {
	spooled, err := s.Spool.Take(ctx, r, s.Limit)
	if err != nil {
		return nil, err
	}
	found, err := s.inspect(spooled, fileName, claimed, algorithm)
	if err != nil {
		return nil, errors.Join(err, spooled.Close())
	}
	return found, nil
}

// Look takes in what is at an address.
func (s Service) Look(ctx context.Context, url, algorithm string) (*Found, error) {
	remote, err := s.Fetcher.Fetch(ctx, url, s.Limit)
	if err != nil {
		return nil, err
	}
	found, err := s.Receive(ctx, remote.Body, remote.FileName, remote.MediaType, algorithm)
	if closeErr := remote.Body.Close(); err == nil && closeErr != nil {
		return nil, errors.Join(domain.ErrURLUnreachable.Because(closeErr), found.Close())
	}
	return found, ofURL(err)
}

// ofURL names the input at fault as it is for an address.
func ofURL(err error) error {
	var known *domain.Error
	if errors.As(err, &known) && known.Field == "file" {
		at := *known
		at.Field = "url"
		return &at
	}
	return err
}

func (s Service) inspect(spooled Spooled, fileName, claimed, algorithm string) (*Found, error) {
	fileName = domain.CleanFileName(fileName)
	inspection, err := s.Inspector.Inspect(spooled, spooled.Size(), fileName, claimed)
	if err != nil {
		return nil, err
	}
	if algorithm == "" {
		algorithm = domain.SHA256
	}
	checksum, err := spooled.Checksum(algorithm)
	if err != nil {
		return nil, err
	}
	title := inspection.Title
	if title == "" {
		name := strings.TrimSuffix(fileName, path.Ext(fileName))
		title = domain.CleanTitle(strings.ReplaceAll(name, "_", " "))
	}
	return &Found{
		Content:  domain.Content{Hash: spooled.Hash(), Size: spooled.Size(), MediaType: inspection.MediaType, FileName: fileName},
		Checksum: checksum, Title: title, spooled: spooled,
	}, nil
}

const (
	// deletionPatience is how long Keep waits for somebody who is deleting the same bytes.
	deletionPatience = 10 * time.Second
	deletionPause    = 50 * time.Millisecond
)

// ErrBeingDeleted says that somebody is deleting the same bytes right now.
var ErrBeingDeleted = errors.New("the file is being deleted")

// Keep stores a content, so that a revision can be made of it within a day.
func (s Service) Keep(ctx context.Context, f *Found) error {
	waiting, cancel := context.WithTimeout(ctx, deletionPatience)
	defer cancel()
	for {
		err := s.Registry.Use(waiting, f.Hash, f.Size, s.Clock().UTC())
		if err == nil {
			break
		}
		if !errors.Is(err, ErrBeingDeleted) {
			return err
		}
		select {
		case <-waiting.Done():
			return domain.ErrStorage.Because(err)
		case <-time.After(deletionPause):
		}
	}
	return s.Store.Put(ctx, f.Hash, f.spooled, f.Size)
}

// Text reads a content that is text and not kept yet.
func (f *Found) Text() ([]byte, error) {
	return io.ReadAll(io.NewSectionReader(f.spooled, 0, f.Size))
}
