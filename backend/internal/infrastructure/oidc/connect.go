package oidc

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/ackify/ackify/backend/internal/application/signin"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
)

// clockLeeway is how far ahead of ours a provider's clock may be when it issues a token. go-oidc allows the same for `nbf`.
const clockLeeway = 5 * time.Minute

// connectOptions are the parameters of OpenID Connect (Core 1.0 section 3.1.2.1).
//
// Google gives a refresh token only for access_type=offline, and after somebody's first log-in only when it asks for consent again. The
// refresh token is how we learn within minutes that somebody was disabled, so we ask for both at every log-in; the operator can
// choose another `prompt` and have sessions of limited length instead.
// https://developers.google.com/identity/protocols/oauth2/web-server#offline
func (p *Provider) connectOptions(a signin.Attempt) []oauth2.AuthCodeOption {
	options := []oauth2.AuthCodeOption{goidc.Nonce(a.Nonce)}
	set := func(name, value string) {
		if value != "" {
			options = append(options, oauth2.SetAuthURLParam(name, value))
		}
	}
	set("ui_locales", string(a.Locale))
	prompt := p.cfg.Prompt
	if p.cfg.Kind == config.KindGoogle {
		set("access_type", "offline")
		if prompt == "" {
			prompt = "consent"
		}
		if len(p.cfg.AllowedDomains) == 1 {
			set("hd", p.cfg.AllowedDomains[0]) // a hint; the address that comes back is checked
		}
	}
	set("prompt", prompt)
	return options
}

func (p *Provider) exchangeConnect(ctx context.Context, a signin.Attempt, code string) (signin.Assertion, error) {
	var none signin.Assertion
	d, err := p.doc.get(ctx)
	if err != nil {
		return none, signin.ErrProviderUnavailable.Because(err)
	}
	if err := checkIssuerParameter(d.metadata, a.Issuer); err != nil {
		return none, signin.ErrProviderAnswer.Because(p.safe(err))
	}
	token, err := p.redeem(ctx, d.oauth, a, code)
	if err != nil {
		return none, err
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok || raw == "" {
		return none, signin.ErrProviderAnswer.Because(errors.New("the answer holds no ID token; is `openid` among the scopes?"))
	}
	said, err := p.verify(ctx, d, raw, a.Nonce)
	if err != nil {
		return none, failed(p.safe(err, raw, token.AccessToken, token.RefreshToken, a.Nonce))
	}
	assertion := signin.Assertion{
		Issuer: d.Issuer, Subject: said.subject("sub"), RefreshToken: token.RefreshToken, IDToken: raw, ExpiresAt: p.expiry(token),
	}
	if err := p.identify(ctx, d, token.AccessToken, said, &assertion); err != nil {
		return none, failed(p.safe(err, raw, token.AccessToken, token.RefreshToken))
	}
	return assertion, nil
}

// checkIssuerParameter refuses an answer that another provider sent the browser here with (RFC 9207 section 2.4).
func checkIssuerParameter(m metadata, iss string) error {
	if iss == "" && m.IssParameter {
		return errors.New("the callback lacks the parameter iss, which the provider says it sends")
	}
	if iss != "" && iss != m.Issuer {
		return fmt.Errorf("the callback's iss is %q, not %q", iss, m.Issuer)
	}
	return nil
}

// verify checks an ID token (OpenID Connect Core 1.0 section 3.1.3.7) and returns its claims.
func (p *Provider) verify(ctx context.Context, d *discovered, raw, nonce string) (claims, error) {
	ctx, cancel := p.step(ctx)
	defer cancel()
	keys := &rememberingKeys{KeySet: d.keys}
	verifier := goidc.NewVerifier(d.Issuer, keys, &goidc.Config{ClientID: p.cfg.ClientID, SupportedSigningAlgs: d.algorithms(), Now: p.clock})
	token, err := verifier.Verify(ctx, raw)
	if err != nil {
		if keys.err != nil && unreachable(keys.err) {
			return nil, keys.err
		}
		return nil, err
	}
	if nonce == "" || subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1 {
		return nil, errors.New("the ID token's nonce is not the one of this log-in")
	}
	if token.IssuedAt.After(p.clock().Add(clockLeeway)) {
		return nil, errors.New("the ID token is from the future; compare the clocks")
	}
	var content json.RawMessage
	if err := token.Claims(&content); err != nil {
		return nil, err
	}
	said, err := parseClaims(content)
	if err != nil {
		return nil, err
	}
	if said.subject("sub") == "" {
		return nil, errors.New("the ID token names nobody")
	}
	if azp := said.text("azp"); azp != p.cfg.ClientID && (azp != "" || len(token.Audience) > 1) {
		return nil, errors.New("the ID token was issued to another client (azp)")
	}
	if d.tenant != "" {
		return said, checkTenant(said, d.tenant)
	}
	return said, nil
}

// rememberingKeys keeps why a key could not be had, as go-oidc's verifier passes on only its text.
type rememberingKeys struct {
	goidc.KeySet
	err error
}

func (k *rememberingKeys) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := k.KeySet.VerifySignature(ctx, jwt)
	k.err = err
	return payload, err
}

// identify fills in who somebody is, from the ID token and, where that lacks something, from userinfo (Core 1.0 section 5.3).
func (p *Provider) identify(ctx context.Context, d *discovered, accessToken string, said claims, a *signin.Assertion) error {
	a.Name, a.Locale = said.name(), said.locale()
	microsoft := p.cfg.Kind == config.KindMicrosoft
	if microsoft {
		a.Email, a.EmailVerified = microsoftEmail(said)
	} else {
		a.Email, a.EmailVerified = said.text("email"), said.isTrue("email_verified")
	}
	complete := a.Email != "" && a.Name != "" && (microsoft || said.get("email_verified") != nil)
	if complete || d.UserinfoEndpoint == "" {
		return nil
	}
	more, err := p.getJSON(ctx, d.UserinfoEndpoint, accessToken)
	if err != nil {
		return err
	}
	about, err := parseClaims(more)
	if err != nil {
		return fmt.Errorf("userinfo: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(about.subject("sub")), []byte(a.Subject)) != 1 {
		return errors.New("userinfo is about somebody else than the ID token (sub)")
	}
	if a.Name == "" {
		a.Name = about.name()
	}
	if a.Locale == "" {
		a.Locale = about.locale()
	}
	p.emailFrom(about, said, a)
	return nil
}

// emailFrom takes userinfo's word for an address: one that the ID token lacks, or of which it does not say whether it was verified.
func (p *Provider) emailFrom(about, said claims, a *signin.Assertion) {
	email := about.text("email")
	switch {
	case email == "":
	case a.Email == "" && p.cfg.Kind == config.KindMicrosoft:
		said["email"] = email // by the same rules as one in the token
		a.Email, a.EmailVerified = microsoftEmail(said)
	case a.Email == "":
		a.Email, a.EmailVerified = email, about.isTrue("email_verified")
	case said.get("email_verified") == nil && strings.EqualFold(a.Email, email) && p.cfg.Kind != config.KindMicrosoft:
		a.EmailVerified = about.isTrue("email_verified")
	}
}

// getJSON asks a protected address (RFC 6750 section 2.1).
func (p *Provider) getJSON(ctx context.Context, address, accessToken string) (content []byte, err error) {
	ctx, cancel := p.step(ctx)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+accessToken)
	response, err := p.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.StatusCode != http.StatusOK {
		return nil, &answerError{withoutQuery(address), response.StatusCode}
	}
	if kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); kind == "application/jwt" || kind == "text/html" {
		return nil, fmt.Errorf("%s answered %s, not JSON", withoutQuery(address), kind)
	}
	return io.ReadAll(response.Body)
}
