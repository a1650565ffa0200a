package postgres_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/application/signers"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

func TestGroupsAreAskedWithWhoJoinsThem(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	s, first, second := signersOf(l), l.document(t, "first"), l.document(t, "second")
	group, err := s.CreateGroup(t.Context(), l.author, "  Sales ")
	must(t, err)
	if _, err := s.CreateGroup(t.Context(), l.author, "SALES"); !errors.Is(err, domain.ErrGroupExists) {
		t.Errorf("twice: %v", err)
	}
	other, err := s.CreateGroup(t.Context(), l.author, "Board")
	must(t, err)
	for id, who := range map[string][]signers.Person{group.ID: asking("ann@example.com", "Bob <bob@example.com>"), other.ID: asking("bob@example.com")} {
		_, err = s.AddMembers(t.Context(), l.author, id, who)
		must(t, err)
	}
	added, err := s.AddGroup(t.Context(), l.author, first.ID, group.ID, 7)
	if must(t, err); added != (signers.Added{Added: 2}) {
		t.Errorf("first: %+v", added)
	}
	if _, err := s.AddGroup(t.Context(), l.author, first.ID, group.ID, 7); !errors.Is(err, domain.ErrGroupAdded) {
		t.Errorf("again: %v", err)
	}
	_, err = s.AddGroup(t.Context(), l.author, first.ID, other.ID, 0)
	must(t, err)
	_, err = s.AddGroup(t.Context(), l.author, second.ID, group.ID, 0)
	must(t, err)
	_, err = s.Add(t.Context(), l.author, second.ID, asking("cay@example.com"))
	must(t, err)

	joined, err := s.AddMembers(t.Context(), l.author, group.ID, asking("cay@example.com", "ann@example.com"))
	if must(t, err); joined != (signers.Added{Added: 1, Existing: 1}) {
		t.Errorf("joined: %+v", joined)
	}
	due := domain.JoinerDeadline(time.Now(), 7, s.Zone)
	same(t, "cay", entriesAbout(t, l, "cay@example.com"), "expected ", "expected "+due.Format("2006-01-02T15:04:05.000000Z"))
	groups, err := s.DocumentGroups(t.Context(), l.author, first.ID)
	if must(t, err); len(groups) != 2 || groups[1].Name != "Sales" || groups[1].Members != 3 || groups[1].JoinerDays != 7 {
		t.Errorf("groups: %+v", groups)
	}
	must(t, s.RemoveGroup(t.Context(), l.author, first.ID, group.ID, true))
	same(t, "left", statuses(t, s, l.author, first.ID, signers.Filter{List: signers.ListExpected}), "bob@example.com pending")
	if err := s.RemoveGroup(t.Context(), l.author, first.ID, group.ID, true); !errors.Is(err, domain.ErrGroupNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	must(t, s.RemoveMember(t.Context(), l.author, group.ID, "ANN@example.com"))
	if err := s.RemoveMember(t.Context(), l.author, group.ID, "ann@example.com"); !errors.Is(err, domain.ErrMemberNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	must(t, s.DeleteGroup(t.Context(), l.author, group.ID))
	same(t, "who was asked stays asked", statuses(t, s, l.author, second.ID, signers.Filter{List: signers.ListExpected}),
		"ann@example.com pending", "bob@example.com pending", "cay@example.com pending")
	if _, err := s.RenameGroup(t.Context(), l.author, group.ID, "x"); !errors.Is(err, domain.ErrGroupNotFound) {
		t.Errorf("renamed: %v", err)
	}
}

func TestNobodyIsMissedBetweenAGroupAndItsDocuments(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	s := signersOf(l)
	for i := range 6 {
		d := l.document(t, fmt.Sprintf("policy%d", i))
		group, err := s.CreateGroup(t.Context(), l.author, fmt.Sprintf("group%d", i))
		must(t, err)
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := s.AddGroup(t.Context(), l.author, d.ID, group.ID, 0); err != nil {
				t.Error(err)
			}
		})
		for _, who := range []string{"ann@example.com", "bob@example.com"} {
			wg.Go(func() {
				if _, err := s.AddMembers(t.Context(), l.author, group.ID, asking(who)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		same(t, "asked", statuses(t, s, l.author, d.ID, signers.Filter{List: signers.ListExpected}), "ann@example.com pending", "bob@example.com pending")
	}
}
