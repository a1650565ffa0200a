package accesstoken

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/ackify/ackify/backend/internal/application/tokens"
)

const site = "https://sign.example.com"

var (
	now  = time.Date(2026, 11, 22, 4, 33, 0, 0, time.UTC)
	seed = bytes.Repeat([]byte{7}, 32)
)

func newSigner(t *testing.T, seed []byte, baseURL string) Signer {
	t.Helper()
	s, err := New(seed, baseURL)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestATokenSaysWhatWasSigned(t *testing.T) {
	t.Parallel()
	s := newSigner(t, seed, site)
	want := tokens.Claims{UserID: "u", Family: "f", AuthenticatedAt: now.Add(-time.Hour), IssuedAt: now, ExpiresAt: now.Add(15 * time.Minute)}
	token, err := s.Sign(want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Read(token, now); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for name, at := range map[string]time.Time{"expired": now.Add(15*time.Minute + leeway + time.Second), "not yet issued": now.Add(-leeway - time.Second)} {
		if _, err := s.Read(token, at); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, other := range map[string]Signer{"another key": newSigner(t, bytes.Repeat([]byte{8}, 32), site), "another site": newSigner(t, seed, site+"/x")} {
		if _, err := other.Read(token, now); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	header, rest, _ := strings.Cut(token, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	for i := range rest {
		if i == len(payload)-1 || i == len(payload) || i == len(rest)-1 {
			continue // the dot, and the last character of each part, which holds spare bits
		}
		changed := []byte(rest)
		changed[i]++
		if _, err := s.Read(header+"."+string(changed), now); err == nil {
			t.Errorf("with another character at %d it is accepted", i)
		}
	}
	for name, bad := range map[string]string{
		"empty": "", "dots": "..", "no signature": header + "." + payload + ".", "two parts": header + "." + payload, "four parts": token + "." + signature,
		"JSON": `{"payload":"` + payload + `","protected":"` + header + `","signature":"` + signature + `"}`, "spaces": " " + token + "x",
	} {
		if _, err := s.Read(bad, now); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestForgedTokensAreRefused(t *testing.T) {
	t.Parallel()
	s := newSigner(t, seed, site)
	key := ed25519.NewKeyFromSeed(seed)
	good := map[string]any{
		"iss": site, "aud": site + "/api/v1", "sub": "u", "sid": "f", "jti": "j", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "auth_time": now.Unix(),
	}
	sign := func(algorithm jose.SignatureAlgorithm, key any, kind string, claims map[string]any) string {
		t.Helper()
		options := &jose.SignerOptions{}
		if kind != "" {
			options = options.WithType(jose.ContentType(kind))
		}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
		if err != nil {
			t.Fatal(err)
		}
		payload, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := signer.Sign(payload)
		if err != nil {
			t.Fatal(err)
		}
		compact, err := signed.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		return compact
	}
	but := func(name string, value any) map[string]any {
		changed := maps.Clone(good)
		if changed[name] = value; value == nil {
			delete(changed, name)
		}
		return changed
	}
	if _, err := s.Read(sign(jose.EdDSA, key, tokenType, good), now); err != nil {
		t.Fatalf("the right one is refused, so the others prove nothing: %v", err)
	}
	payload, _ := json.Marshal(good)
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"at+jwt"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload) + "."
	for name, token := range map[string]string{
		"alg none": none, "alg None": strings.Replace(none, base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"`)), base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"None"`)), 1),
		"HS256 with the public key": sign(jose.HS256, []byte(s.public), tokenType, good), "HS256 with the seed": sign(jose.HS256, seed, tokenType, good),
		"no type": sign(jose.EdDSA, key, "", good), "another type": sign(jose.EdDSA, key, "JWT", good), "a long type": sign(jose.EdDSA, key, "application/at+jwt", good),
		"a foreign issuer": sign(jose.EdDSA, key, tokenType, but("iss", "https://evil.example.com")), "no issuer": sign(jose.EdDSA, key, tokenType, but("iss", nil)),
		"a foreign audience": sign(jose.EdDSA, key, tokenType, but("aud", site)), "no audience": sign(jose.EdDSA, key, tokenType, but("aud", nil)),
		"expired": sign(jose.EdDSA, key, tokenType, but("exp", now.Add(-time.Minute).Unix())), "no expiry": sign(jose.EdDSA, key, tokenType, but("exp", nil)),
		"from the future": sign(jose.EdDSA, key, tokenType, but("iat", now.Add(time.Minute).Unix())), "no time": sign(jose.EdDSA, key, tokenType, but("iat", nil)),
		"not yet valid": sign(jose.EdDSA, key, tokenType, but("nbf", now.Add(time.Minute).Unix())), "no log-in": sign(jose.EdDSA, key, tokenType, but("auth_time", nil)),
		"an expiry in words": sign(jose.EdDSA, key, tokenType, but("exp", "never")),
	} {
		if claims, err := s.Read(token, now); err == nil {
			t.Errorf("%s: accepted as %+v", name, claims)
		}
	}
}
