package postgres_test

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/application/documents"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/content"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
	"github.com/ackify/ackify/backend/internal/infrastructure/storage"
)

// withFiles gives a ledger's documents a storage of their own.
func withFiles(t testing.TB, l *testLedger) contents.Service {
	t.Helper()
	store, err := storage.NewLocal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	spool, err := storage.NewSpool(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := content.NewRenderer()
	if err != nil {
		t.Fatal(err)
	}
	memory, err := contents.NewMemory(2)
	if err != nil {
		t.Fatal(err)
	}
	service := contents.Service{
		Fetcher: nowhere{}, Spool: spool, Inspector: content.Inspector{}, Store: store, Registry: postgres.StoredFiles{DB: l.db}, Renderer: renderer,
		Clock: time.Now, Limit: 1 << 20, Memory: memory,
	}
	l.documents.Contents = service
	l.documents.Logger = slog.New(slog.DiscardHandler)
	l.signing.Readers = l.documents
	return service
}

func (l *testLedger) upload(t testing.TB, name, text string) documents.View {
	t.Helper()
	found, err := l.documents.Receive(t.Context(), strings.NewReader(text), name, "", "")
	if err != nil {
		t.Fatal(err)
	}
	view, err := l.documents.Upload(t.Context(), l.author, found, documents.CreateInput{})
	if err := errors.Join(err, found.Close()); err != nil {
		t.Fatal(err)
	}
	return view
}

func TestOnlyFilesThatNoRevisionNeedsAreCollected(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	service := withFiles(t, l)
	needed := l.upload(t, "needed.txt", "needed words")
	orphan, err := service.Receive(t.Context(), strings.NewReader("nobody's words"), "orphan.txt", "", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(service.Keep(t.Context(), orphan), orphan.Close()); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	collector := contents.Collector{
		Store: service.Store, Registry: service.Registry, Clock: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler),
	}
	collect := func(want int) {
		t.Helper()
		if deleted, err := collector.RunOnce(t.Context()); err != nil || deleted != want {
			t.Fatalf("deleted %d, %v; want %d", deleted, err, want)
		}
	}
	collect(0)
	now = now.Add(25 * time.Hour)
	condemned, err := service.Registry.Condemn(t.Context(), now.Add(-time.Hour), now, now.Add(time.Minute), 10)
	if err != nil || len(condemned) != 1 || condemned[0] != orphan.Hash {
		t.Fatalf("condemned %x, %v", condemned, err)
	}
	if err := service.Registry.Use(t.Context(), orphan.Hash, orphan.Size, now); !errors.Is(err, contents.ErrBeingDeleted) {
		t.Errorf("used while it is being deleted: %v", err)
	}
	collect(0) // somebody else has it
	now = now.Add(2 * time.Minute)
	collect(1)
	if _, err := service.Store.Open(t.Context(), orphan.Hash); !errors.Is(err, domain.ErrContentMissing) {
		t.Errorf("the orphan: %v", err)
	}
	blob, err := service.Open(t.Context(), needed.Content, domain.Checksum{Algorithm: domain.SHA256, Hex: needed.Checksum})
	if err != nil {
		t.Fatal(err)
	}
	if err := blob.Close(); err != nil {
		t.Error(err)
	}
	collect(0)
}

func TestListsOfDocumentsInEveryOrderAreWholeAndWithoutRepetition(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	const total = 23
	for i := range total {
		title := fmt.Sprintf("Title %d", i%5) // some are the same
		if i%2 == 1 {
			title = strings.ToLower(title)
		}
		if _, _, err := l.documents.Create(t.Context(), l.author, documents.CreateInput{Reference: fmt.Sprintf("doc-%02d", i), Title: title}); err != nil {
			t.Fatal(err)
		}
	}
	repository := postgres.Documents{DB: l.db}
	for _, sort := range []string{"", "-createdAt", "createdAt", "-updatedAt", "updatedAt", "title", "-title"} {
		var seen []domain.Document
		request := domain.PageRequest{Limit: 4}
		for {
			page, err := repository.List(t.Context(), documents.Filter{Sort: sort}, request)
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range page.Items {
				seen = append(seen, item.Document)
			}
			if request.Cursor = page.NextCursor; request.Cursor == "" {
				break
			}
		}
		ids := map[string]bool{}
		for _, d := range seen {
			ids[d.ID] = true
		}
		if len(seen) != total || len(ids) != total {
			t.Errorf("%q: %d documents, %d different ones", sort, len(seen), len(ids))
		}
		sorted := slices.IsSortedFunc(seen, func(a, b domain.Document) int {
			switch strings.TrimPrefix(sort, "-") {
			case "title":
				return sign(sort) * strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
			case "updatedAt":
				return sign(sort) * a.UpdatedAt.Compare(b.UpdatedAt)
			}
			return sign(sort) * a.CreatedAt.Compare(b.CreatedAt)
		})
		if !sorted {
			t.Errorf("%q: not in order", sort)
		}
	}
	first, err := repository.List(t.Context(), documents.Filter{Sort: "title"}, domain.PageRequest{Limit: 4})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := repository.List(t.Context(), documents.Filter{}, domain.PageRequest{Limit: 4, Cursor: first.NextCursor}); !errors.Is(err, domain.ErrBadCursor) {
		t.Errorf("a place of another order: %v", err)
	}
}

func sign(sort string) int {
	if sort == "" || strings.HasPrefix(sort, "-") {
		return -1
	}
	return 1
}

func TestWordsAreLookedForAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	for _, title := range []string{"100 % safe", "100 cats", "under_score", "underscore", `back\slash`, "Ünïcode"} {
		if _, _, err := l.documents.Create(t.Context(), l.author, documents.CreateInput{Reference: "ref " + title, Title: title}); err != nil {
			t.Fatal(err)
		}
	}
	for words, want := range map[string]int{"100 %": 1, "%": 1, "_": 1, "r_s": 1, `\`: 1, "ünïcode": 1, "100": 2, " under": 2, "nothing": 0} {
		page, err := postgres.Documents{DB: l.db}.List(t.Context(), documents.Filter{}, domain.PageRequest{Limit: 10, Query: words})
		if err != nil || len(page.Items) != want {
			t.Errorf("%q finds %d, %v; want %d", words, len(page.Items), err, want)
		}
	}
}
