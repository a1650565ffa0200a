package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// discoveryServer describes a provider and refuses every code; the issuer it names is its own address followed by suffix.
func discoveryServer(t testing.TB, suffix string) *httptest.Server {
	t.Helper()
	answer := func(w http.ResponseWriter, status int, content map[string]any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(content)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		self := "http://" + r.Host
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			answer(w, http.StatusOK, map[string]any{
				"issuer": self + suffix, "authorization_endpoint": self + "/a", "token_endpoint": self + "/token", "jwks_uri": self + "/keys",
				"scopes_supported": []string{"openid", "email", "profile", "offline_access"},
			})
		case "/keys":
			answer(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{"kty": "oct"}}})
		default:
			answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// The doctor needs neither a database nor a running server.
func TestDoctorAuth(t *testing.T) {
	t.Parallel()
	good, slash := discoveryServer(t, ""), discoveryServer(t, "/")
	environ := []string{
		"ACKIFY_DB_DSN=postgres://nobody@127.0.0.1:1/nowhere", "ACKIFY_BASE_URL=https://sign.example.com",
		"ACKIFY_OIDC_ACME_ISSUER=" + good.URL, "ACKIFY_OIDC_ACME_CLIENT_ID=ackify", "ACKIFY_OIDC_ACME_TRUST_EMAIL=true", "ACKIFY_OIDC_ACME_CLIENT_SECRET=hunter2",
	}
	out, errs, status := execute(t, environ, "", "doctor", "auth")
	if status != 0 || errs != "" {
		t.Errorf("exit status %d: %s", status, errs)
	}
	for _, want := range []string{"acme (Acme, oidc)\n", "  ok       discovery: ", "  ok       client: accepted", "https://sign.example.com/api/v1/auth/callback/acme"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
	out, errs, status = execute(t, append(environ, "ACKIFY_OIDC_SLASH_ISSUER="+slash.URL, "ACKIFY_OIDC_SLASH_CLIENT_ID=x"), "", "doctor", "auth")
	if status != 1 || !strings.Contains(errs, "marked wrong") || !strings.Contains(out, "  wrong    discovery: ") || !strings.Contains(out, "Set ACKIFY_OIDC_SLASH_ISSUER="+slash.URL+"/\n") {
		t.Errorf("exit status %d: %s%s", status, out, errs)
	}
	if strings.Contains(out+errs, "hunter2") {
		t.Error("a secret is printed")
	}
}

func TestDoctorAuthWithoutProviders(t *testing.T) {
	t.Parallel()
	if out, _, status := execute(t, nil, "", "doctor", "auth"); status != 0 || !strings.Contains(out, "No identity provider") {
		t.Errorf("exit status %d: %s", status, out)
	}
	if _, errs, status := execute(t, []string{"ACKIFY_OIDC_X_ISSUR=x"}, "", "doctor", "auth"); status != 2 || !strings.Contains(errs, "ACKIFY_OIDC_X_ISSUR: ") {
		t.Errorf("exit status %d: %s", status, errs)
	}
	if _, _, status := execute(t, nil, "", "doctor"); status != 1 {
		t.Errorf("exit status %d without a subcommand", status)
	}
}
