package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ackify/ackify/backend/internal/application/settings"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

func TestAdminsSeeTheSettingsAndTryThem(t *testing.T) {
	t.Parallel()
	taking := (&sink{}).open(t)
	s := serveIt(t, append(withDatabase(t, dbtest.New(t)), taking.env...)...)
	boss, auditor := loggedIn(t, s, "boss@example.com", "admin"), loggedIn(t, s, "auditor@example.com", "auditor")
	for _, c := range []*client{boss, auditor} {
		body := string(c.get("/admin/settings").want(t, http.StatusOK).body)
		if !strings.Contains(body, `"name":"ACKIFY_SIGNING_KEY"`) || strings.Contains(body, testSigningKey) || strings.Contains(body, testCookieSecret) {
			t.Errorf("%s", body)
		}
	}
	auditor.post("/admin/settings/tests", object{"subject": "all"}).want(t, http.StatusForbidden)
	boss.post("/admin/settings/tests", object{"subject": "everything"}).want(t, http.StatusUnprocessableEntity)
	var said struct {
		Worst    settings.Level
		Findings []settings.Finding
	}
	boss.post("/admin/settings/tests", object{"subject": "all"}).want(t, http.StatusOK).into(t, &said)
	checks := map[string]bool{}
	for _, f := range said.Findings {
		checks[f.Check] = true
		if f.Level == settings.Wrong {
			t.Errorf("%+v", f)
		}
	}
	for _, check := range []string{"configuration", "database", "role", "keys", "volumes", "storage", "mail", "server", "base URL", "proxy"} {
		if !checks[check] {
			t.Errorf("%s was not tried: %+v", check, said)
		}
	}
	if _, total := taking.counts(); total != 0 {
		t.Errorf("%d mails were sent without being asked for", total)
	}
	boss.post("/admin/settings/tests", object{"subject": "mail"}).want(t, http.StatusOK).into(t, &said)
	if _, total := taking.counts(); total != 1 || !strings.Contains(said.Findings[len(said.Findings)-1].Text, "boss@example.com") {
		t.Errorf("%d mails were sent: %+v", total, said)
	}
	trail := string(boss.get("/audit?action=settings.").want(t, http.StatusOK).body)
	if strings.Count(trail, `"settings.tested"`) != 2 || !strings.Contains(trail, `"subject":"mail"`) {
		t.Errorf("%s", trail)
	}
	status := 0
	for range 10 {
		status = boss.post("/admin/settings/tests", object{"subject": "storage"}).status
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("the eleventh and later are answered %d", status)
	}
}
