package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

// asked is a page of signers as the API gives it.
type asked struct {
	Items []struct {
		Email, Name, Notes, State, AddedBy, DueAt, DeadlineReason, Group, SignedAt string
		OwnDeadline, Muted                                                         bool
	}
	NextCursor string
}

// states says of each of them how far they are.
func (p asked) states() string {
	var all []string
	for _, one := range p.Items {
		all = append(all, one.Email+" "+one.State)
	}
	return strings.Join(all, ", ")
}

type status struct {
	Expected, Signed, Missing, Overdue, Unexpected int
	Completion                                     float64
	DueAt, DeadlineReason                          string
	Timeline                                       []struct {
		Date   string
		Signed int
	}
}

type added struct{ Added, Existing int }

type imported struct {
	Rows []struct {
		Row                  int
		Email, Name, Outcome string
		Notes                string
		Error                *struct{ Code string }
	}
	Added, Existing, Rejected int
	Columns                   []struct {
		Number       int
		Title, Holds string
	}
	DryRun bool
}

// outcomes says what becomes of each row.
func (i imported) outcomes() string {
	var all []string
	for _, row := range i.Rows {
		one := fmt.Sprintf("%d %s %s", row.Row, row.Email, row.Outcome)
		if row.Error != nil {
			one += " " + row.Error.Code
		}
		all = append(all, one)
	}
	return strings.Join(all, ", ")
}

func TestSignersAreAskedAndSign(t *testing.T) {
	t.Parallel()
	s := serveIt(t, withDatabase(t, dbtest.New(t))...)
	author, other := loggedIn(t, s, "author@example.com", "author"), loggedIn(t, s, "other@example.com", "author")
	auditor, bob := loggedIn(t, s, "auditor@example.com", "auditor"), loggedIn(t, s, "bob@example.com", "signer")
	d := author.document(t, "policy")
	path := "/documents/" + d.DocID
	tomorrow := time.Now().UTC().Add(24 * time.Hour).Format(time.RFC3339)

	var got added
	author.post(path+"/signers", object{"signers": []object{
		{"email": "Bob <BOB@example.com>", "notes": "from Paris"}, {"email": "=cmd@example.com", "name": "=1+1"}, {"email": "j@müller.example"},
		{"email": "bob@example.com", "name": "Robert"},
	}}).want(t, http.StatusOK).into(t, &got)
	if got != (added{3, 1}) {
		t.Errorf("added %+v", got)
	}
	wrong := author.post(path+"/signers", object{"signers": []object{
		{"email": "ann@example.com"}, {"email": "not-an-email"}, {"email": "a@example.com\nBcc: x@example.com"},
		{"email": strings.Repeat("a", 300) + "@example.com"}, {"email": "cay@example.com", "dueAt": "2020-01-01T00:00:00Z"},
	}}).want(t, http.StatusUnprocessableEntity)
	for _, want := range []string{`"field":"signers[1].email"`, `"field":"signers[2].email"`, `"field":"signers[3].email"`, `"field":"signers[4].dueAt"`, `"deadline.past"`, `"email.no_at"`, `"email.line_break"`, `"email.too_long"`} {
		if !strings.Contains(string(wrong.body), want) {
			t.Errorf("%s is not in %s", want, wrong.body)
		}
	}
	var list asked
	author.get(path+"/signers").want(t, http.StatusOK).into(t, &list)
	if list.states() != "=cmd@example.com pending, bob@example.com pending, j@xn--mller-kva.example pending" || list.Items[1].Notes != "from Paris" ||
		list.Items[1].AddedBy != "Name of author@example.com" || list.Items[1].Name != "Bob" {
		t.Errorf("signers: %+v", list)
	}

	// Who may not.
	for _, who := range []*client{other, bob} {
		for _, what := range []string{"/signers", "/status", "/signers.csv", "/signatures.csv", "/groups"} {
			if a := who.get(path+what).want(t, http.StatusForbidden); a.code() != "document.edit_forbidden" {
				t.Errorf("%s: %s", what, a.code())
			}
		}
		who.post(path+"/signers", object{"signers": []object{{"email": "x@example.com"}}}).want(t, http.StatusForbidden)
	}
	auditor.get(path+"/status").want(t, http.StatusOK)
	auditor.post(path+"/signers", object{"signers": []object{{"email": "x@example.com"}}}).want(t, http.StatusForbidden)

	// The home list.
	var mine struct {
		Total int
		Items []struct {
			DocID, DueAt string
			Overdue      bool
		}
	}
	author.change(http.MethodPut, path+"/deadline", object{"dueAt": tomorrow}).want(t, http.StatusOK)
	bob.get("/users/me/expected").want(t, http.StatusOK).into(t, &mine)
	if mine.Total != 1 || len(mine.Items) != 1 || mine.Items[0].DocID != d.DocID || mine.Items[0].DueAt == "" || mine.Items[0].Overdue {
		t.Errorf("expected of bob: %+v", mine)
	}
	var seen struct {
		Asked                       bool
		DueAt                       string
		ExpectedCount, MissingCount *int
	}
	bob.get(path).want(t, http.StatusOK).into(t, &seen)
	if !seen.Asked || seen.DueAt == "" || seen.ExpectedCount != nil {
		t.Errorf("bob sees %+v", seen)
	}

	_, signed := bob.sign(d.DocID)
	signed.want(t, http.StatusCreated)
	_, signed = other.sign(d.DocID)
	signed.want(t, http.StatusCreated)
	bob.get("/users/me/expected").want(t, http.StatusOK).into(t, &mine)
	if mine.Total != 0 {
		t.Errorf("expected of bob: %+v", mine)
	}
	var now status
	author.get(path+"/status").want(t, http.StatusOK).into(t, &now)
	if now.Expected != 3 || now.Signed != 1 || now.Missing != 2 || now.Unexpected != 1 || now.Completion != 33.33 || len(now.Timeline) != 1 || now.Timeline[0].Signed != 1 {
		t.Errorf("status %+v", now)
	}
	for query, want := range map[string]string{
		"state=signed": "bob@example.com signed", "state=unexpected": "other@example.com unexpected", "state=overdue": "",
		"state=missing&sort=-addedAt": "j@xn--mller-kva.example pending, =cmd@example.com pending", "q=paris": "", "q=BOB": "bob@example.com signed",
	} {
		var found asked
		author.get(path+"/signers?"+query).want(t, http.StatusOK).into(t, &found)
		if found.states() != want {
			t.Errorf("%s: %s", query, found.states())
		}
	}
	var all struct {
		Items []struct{ ExpectedCount, MissingCount *int }
	}
	author.get("/documents").want(t, http.StatusOK).into(t, &all)
	if len(all.Items) != 1 || *all.Items[0].ExpectedCount != 3 || *all.Items[0].MissingCount != 2 {
		t.Errorf("documents: %+v", all)
	}

	// Deadlines.
	if a := author.change(http.MethodPut, path+"/deadline", object{}).want(t, http.StatusUnprocessableEntity); a.code() != "deadline.reason_missing" {
		t.Error(a.code())
	}
	person := path + "/signers/" + url.PathEscape("j@xn--mller-kva.example")
	if a := author.change(http.MethodPatch, person, object{"deadline": object{"dueAt": "2020-01-01T00:00:00Z", "reason": "x"}}).want(t, http.StatusUnprocessableEntity); a.code() != "deadline.past" {
		t.Error(a.code())
	}
	var one struct {
		Name, DueAt, DeadlineReason string
		OwnDeadline, Muted          bool
	}
	author.change(http.MethodPatch, person, object{"name": "Jo", "muted": true, "deadline": object{"dueAt": "2099-12-31T23:59:59Z", "reason": "on leave"}}).
		want(t, http.StatusOK).into(t, &one)
	if one.Name != "Jo" || !one.Muted || !one.OwnDeadline || one.DueAt != "2099-12-31T23:59:59.000000Z" || one.DeadlineReason != "on leave" {
		t.Errorf("changed: %+v", one)
	}

	// Withdrawn, exported, asked again.
	author.change(http.MethodDelete, person, nil).want(t, http.StatusNoContent)
	var out struct {
		Withdrawn int
		Unknown   []string
	}
	author.post(path+"/signers/withdraw", object{"emails": []string{"j@müller.example", "Nobody@example.com"}}).want(t, http.StatusOK).into(t, &out)
	if out.Withdrawn != 0 || len(out.Unknown) != 1 || out.Unknown[0] != "Nobody@example.com" {
		t.Errorf("withdrawn already: %+v", out)
	}
	author.post(path+"/signers/withdraw", object{"emails": []string{}}).want(t, http.StatusUnprocessableEntity)
	author.change(http.MethodDelete, path+"/signers/nobody@example.com", nil).want(t, http.StatusNotFound)
	export := author.get(path+"/signers.csv").want(t, http.StatusOK)
	if text := string(export.body); !strings.HasPrefix(text, "\ufeffemail,name,notes,state,") || !strings.Contains(text, "'=cmd@example.com,'=1+1,,pending,") ||
		!strings.Contains(text, "j@xn--mller-kva.example,Jo,,withdrawn,") || strings.Count(text, "\n") != 4 || export.header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("signers.csv: %v %s", export.header, text)
	}
	signatures := string(auditor.get(path+"/signatures.csv").want(t, http.StatusOK).body)
	if !strings.Contains(signatures, "\nbob@example.com,Name of bob@example.com,1,Title,") || strings.Count(signatures, "\n") != 3 {
		t.Errorf("signatures.csv: %s", signatures)
	}
	for line := range strings.Lines(strings.SplitN(signatures, "\n", 2)[1]) {
		if cells := strings.Split(line, ","); len(cells) != 10 || strings.Trim(cells[6]+cells[7]+cells[8], "0123456789abcdef") != "" || len(cells[8]) != 128 {
			t.Errorf("hashes and signature: %s", line)
		}
	}
	author.post(path+"/signers", object{"signers": []object{{"email": "j@müller.example"}}}).want(t, http.StatusOK).into(t, &got)
	if got != (added{1, 0}) {
		t.Errorf("asked again: %+v", got)
	}

	author.change(http.MethodDelete, path, nil).want(t, http.StatusNoContent)
	if a := author.post(path+"/signers", object{"signers": []object{{"email": "late@example.com"}}}).want(t, http.StatusGone); a.code() != "document.deleted" {
		t.Error(a.code())
	}
	admin := loggedIn(t, s, "admin@example.com", "admin")
	trail := string(admin.get("/audit?limit=50").want(t, http.StatusOK).body)
	for _, want := range []string{`"signers.added"`, `"signers.withdrawn"`, `"deadline.changed"`, `"count":"3"`} {
		if !strings.Contains(trail, want) {
			t.Errorf("%s is not in the trail: %s", want, trail)
		}
	}
	if out, errs, code := execute(t, s.env, "", "verify", "ledger"); code != 0 {
		t.Errorf("verify: %s %s", out, errs)
	}
}

func TestAListIsImported(t *testing.T) {
	t.Parallel()
	s := serveIt(t, append(withDatabase(t, dbtest.New(t)), "ACKIFY_STORAGE_MAX_SIZE_MB=1")...)
	author, admin := loggedIn(t, s, "author@example.com", "author"), loggedIn(t, s, "admin@example.com", "admin")
	d := author.document(t, "policy")
	path := "/documents/" + d.DocID + "/signers"
	author.post(path, object{"signers": []object{{"email": "known@example.com"}}}).want(t, http.StatusOK)
	send := func(content, query string, fields ...string) answer {
		return author.upload(path+"/import"+query, file{"list.csv", "text/csv", content}, fields...)
	}
	mixed := "Nom;Pr\xe9nom;Adresse e-mail\r\nDurand;\xc9lise;ELISE@example.com\r\n\r\n;;known@example.com\r\nTwice;;elise@example.com\r\nBad;;not-an-email\r\n"
	var got imported
	if a := send(mixed, "").want(t, http.StatusBadRequest); a.code() != "request.parameter_missing" || !strings.Contains(string(a.body), "dryRun") {
		t.Errorf("neither dry nor for good: %s", a.body)
	}
	send(mixed, "?dryRun=perhaps").want(t, http.StatusUnprocessableEntity)
	send(mixed, "?dryRun=true").want(t, http.StatusOK).into(t, &got)
	if !got.DryRun || got.outcomes() != "2 elise@example.com added, 4 known@example.com existing, 5 elise@example.com duplicate, 6 not-an-email rejected email.no_at" ||
		got.Added != 1 || got.Existing != 2 || got.Rejected != 1 || got.Rows[0].Name != "Élise Durand" {
		t.Errorf("dry run: %+v", got)
	}
	if columns := fmt.Sprint(got.Columns); columns != "[{1 Nom lastName} {2 Prénom firstName} {3 Adresse e-mail email}]" {
		t.Errorf("columns: %s", columns)
	}
	got = imported{}
	send("eve@example.com,Eve,Night shift\n", "?dryRun=true").want(t, http.StatusOK).into(t, &got)
	if columns := fmt.Sprint(got.Columns); columns != "[{1  email} {2  name} {3  notes}]" || got.Rows[0].Notes != "Night shift" {
		t.Errorf("without a header: %s, %+v", columns, got.Rows)
	}
	refused := send(mixed, "?dryRun=false").want(t, http.StatusUnprocessableEntity)
	if refused.code() != "import.rejected" || !strings.Contains(string(refused.body), `"field":"rows[6].email"`) || !strings.Contains(string(refused.body), `"code":"email.no_at"`) {
		t.Errorf("import: %s", refused.body)
	}
	var list asked
	author.get(path).want(t, http.StatusOK).into(t, &list)
	if list.states() != "known@example.com pending" {
		t.Errorf("after a dry run and a refused import: %s", list.states())
	}
	good := "email,name\nann@example.com,Ann\nknown@example.com,K\nann@example.com,Ann\n"
	tomorrow := time.Now().UTC().Add(24 * time.Hour).Truncate(time.Second).Format(time.RFC3339)
	for i, want := range []string{"3 known@example.com existing, 4 ann@example.com duplicate", "2 ann@example.com existing, 3 known@example.com existing, 4 ann@example.com duplicate"} {
		send(good, "?dryRun=false", "+dueAt", tomorrow).want(t, http.StatusOK).into(t, &got)
		if got.outcomes() != want || got.Added != 1-i || got.Existing != 2+i || got.DryRun {
			t.Errorf("import %d: %+v", i, got)
		}
	}
	author.get(path+"?q=ann").want(t, http.StatusOK).into(t, &list)
	if len(list.Items) != 1 || !list.Items[0].OwnDeadline || !strings.HasPrefix(list.Items[0].DueAt, strings.TrimSuffix(tomorrow, "Z")) {
		t.Errorf("ann: %+v", list)
	}
	for name, c := range map[string]struct {
		content string
		status  int
		code    string
	}{
		"nothing":        {"email\n", 422, "import.empty"},
		"no column":      {"name\nAda\n", 422, "import.no_email_column"},
		"a picture":      {"\x89PNG\x00\x00", 422, "import.not_text"},
		"too many rows":  {strings.Repeat("a@example.com\n", 10_001), 422, "import.too_many_rows"},
		"too many bytes": {strings.Repeat("a@example.com,"+strings.Repeat("x", 1000)+"\n", 6000), 413, "import.too_large"},
	} {
		if a := send(c.content, "?dryRun=false").want(t, c.status); a.code() != c.code {
			t.Errorf("%s: %s", name, a.code())
		}
	}
	if a := author.upload(path+"/import?dryRun=true", file{}).want(t, http.StatusUnprocessableEntity); a.code() != "file.missing" {
		t.Error(a.code())
	}
	// More than the API's other bodies may have, and fewer bytes than a list may.
	var many []object
	for i := range 10_000 {
		many = append(many, object{"email": fmt.Sprintf("person%d@example.com", i), "name": fmt.Sprintf("Person %d", i), "notes": strings.Repeat("n", 100)})
	}
	var sum added
	author.post(path, object{"signers": many}).want(t, http.StatusOK).into(t, &sum)
	if sum.Added != 10_000 {
		t.Errorf("added %+v", sum)
	}
	if rows := strings.Count(string(admin.get(path+".csv").want(t, http.StatusOK).body), "\n"); rows != 10_003 {
		t.Errorf("exported %d lines", rows)
	}
	if out, errs, code := execute(t, s.env, "", "verify", "ledger"); code != 0 {
		t.Errorf("verify: %s %s", out, errs)
	}
}

func TestGroupsOverTheAPI(t *testing.T) {
	t.Parallel()
	s := serveIt(t, withDatabase(t, dbtest.New(t))...)
	admin, author := loggedIn(t, s, "admin@example.com", "admin"), loggedIn(t, s, "author@example.com", "author")
	signer := loggedIn(t, s, "signer@example.com", "signer")
	d := author.document(t, "policy")
	path := "/documents/" + d.DocID
	var group struct {
		ID, Name string
		Members  int
	}
	admin.post("/groups", object{"name": "Sales"}).want(t, http.StatusCreated).into(t, &group)
	if a := admin.post("/groups", object{"name": "sales"}).want(t, http.StatusConflict); a.code() != "group.exists" {
		t.Error(a.code())
	}
	author.post("/groups", object{"name": "Mine"}).want(t, http.StatusForbidden)
	signer.get("/groups").want(t, http.StatusForbidden)
	members := "/groups/" + group.ID + "/members"
	var got added
	admin.post(members, object{"members": []object{{"email": "Ann <ann@example.com>"}, {"email": "bob@example.com"}}}).want(t, http.StatusOK).into(t, &got)
	if got != (added{2, 0}) {
		t.Errorf("members: %+v", got)
	}
	if a := admin.post(members, object{"members": []object{{"email": "nobody"}}}).want(t, http.StatusUnprocessableEntity); !strings.Contains(string(a.body), `"members[0].email"`) {
		t.Errorf("%s", a.body)
	}
	author.post(path+"/groups", object{"groupId": group.ID, "joinerDays": 14}).want(t, http.StatusOK).into(t, &got)
	if got != (added{2, 0}) {
		t.Errorf("asked: %+v", got)
	}
	if a := author.post(path+"/groups", object{"groupId": group.ID}).want(t, http.StatusConflict); a.code() != "group.added" {
		t.Error(a.code())
	}
	if a := author.post(path+"/groups", object{"groupId": "00000000-0000-4000-8000-000000000000"}).want(t, http.StatusNotFound); a.code() != "group.not_found" {
		t.Error(a.code())
	}
	admin.post(members, object{"members": []object{{"email": "signer@example.com"}}}).want(t, http.StatusOK)
	var list asked
	author.get(path+"/signers").want(t, http.StatusOK).into(t, &list)
	if list.states() != "ann@example.com pending, bob@example.com pending, signer@example.com pending" || list.Items[0].OwnDeadline || !list.Items[2].OwnDeadline ||
		!strings.HasSuffix(list.Items[2].DueAt, "T23:59:59.000000Z") || list.Items[2].Group != "Sales" || list.Items[2].Name != "Name of signer@example.com" {
		t.Errorf("signers: %+v", list)
	}
	_, signed := signer.sign(d.DocID)
	signed.want(t, http.StatusCreated)
	admin.change(http.MethodDelete, members+"/bob@example.com", nil).want(t, http.StatusNoContent)
	admin.change(http.MethodDelete, members+"/bob@example.com", nil).want(t, http.StatusNotFound)
	author.change(http.MethodDelete, path+"/groups/"+group.ID+"?withdraw=true", nil).want(t, http.StatusNoContent)
	author.get(path+"/signers").want(t, http.StatusOK).into(t, &list)
	if list.states() != "signer@example.com signed" {
		t.Errorf("left: %s", list.states())
	}
	admin.change(http.MethodPatch, "/groups/"+group.ID, object{"name": "Sales and more"}).want(t, http.StatusOK).into(t, &group)
	if group.Name != "Sales and more" || group.Members != 2 {
		t.Errorf("group: %+v", group)
	}
	admin.change(http.MethodDelete, "/groups/"+group.ID, nil).want(t, http.StatusNoContent)
	admin.get(members).want(t, http.StatusNotFound)
}

func TestTwoAdministratorsAskTheSamePerson(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	first := serveIt(t, withDatabase(t, db)...)
	second := serveIt(t, append(withDatabase(t, db), "ACKIFY_BASE_URL="+first.base)...)
	admin := loggedIn(t, first, "admin@example.com", "admin")
	rival := newClient(t, second)
	rival.logIn(t, "admin@example.com")
	d := admin.document(t, "policy")
	var wg sync.WaitGroup
	var mu sync.Mutex
	sum := 0
	for i := range 10 {
		wg.Go(func() {
			who := admin
			if i%2 == 1 {
				who = rival
			}
			a := who.post("/documents/"+d.DocID+"/signers", object{"signers": []object{{"email": "same@example.com"}}})
			if a.err != nil || a.status != http.StatusOK {
				t.Errorf("%d %s %v", a.status, a.body, a.err)
				return
			}
			var got added
			a.into(t, &got)
			mu.Lock()
			defer mu.Unlock()
			sum += got.Added
		})
	}
	wg.Wait()
	if sum != 1 {
		t.Errorf("added %d times", sum)
	}
}

// Nobody waits for somebody who was erased, and nothing about them is left.
func TestSomebodyWhoIsAskedIsErased(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	s := serveIt(t, append(withDatabase(t, db), "ACKIFY_MIGRATE_DSN="+db.Migrate)...)
	admin := loggedIn(t, s, "admin@example.com", "admin")
	d := admin.document(t, "policy")
	path := "/documents/" + d.DocID
	var group struct{ ID string }
	admin.post("/groups", object{"name": "Sales"}).want(t, http.StatusCreated).into(t, &group)
	admin.post("/groups/"+group.ID+"/members", object{"members": []object{{"email": "zoe@example.com", "name": "Zoe"}}}).want(t, http.StatusOK)
	admin.post(path+"/groups", object{"groupId": group.ID}).want(t, http.StatusOK)
	admin.post(path+"/signers", object{"signers": []object{{"email": "ann@example.com"}}}).want(t, http.StatusOK)
	says(t, s.run(t, 0, "user", "erase", "--email", "zoe@example.com", "--reason", "asked", "--yes"), "is erased")
	var now status
	admin.get(path+"/status").want(t, http.StatusOK).into(t, &now)
	if now.Expected != 1 {
		t.Errorf("status %+v", now)
	}
	for _, what := range []string{path + "/signers?state=withdrawn", path + "/signers.csv", "/groups/" + group.ID + "/members"} {
		if body := admin.get(what).want(t, http.StatusOK).body; strings.Contains(strings.ToLower(string(body)), "zoe") {
			t.Errorf("%s: %s", what, body)
		}
	}
	says(t, s.run(t, 0, "verify", "ledger"), "The ledger is intact")
	admin.post(path+"/signers", object{"signers": []object{{"email": "zoe@example.com"}}}).want(t, http.StatusOK)
	says(t, s.run(t, 0, "verify", "ledger"), "The ledger is intact")
}
