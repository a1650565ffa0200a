package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"golang.org/x/oauth2"

	"github.com/ackify/ackify/backend/internal/application/signin"
	"github.com/ackify/ackify/backend/internal/infrastructure/config"
)

func (p *Provider) exchangePlain(ctx context.Context, a signin.Attempt, code string) (signin.Assertion, error) {
	var none signin.Assertion
	// Without metadata only the host of an issuer is known (RFC 9207).
	if iss, err := url.Parse(a.Issuer); a.Issuer != "" && (err != nil || origin(iss) != p.origin) {
		return none, signin.ErrProviderAnswer.Because(p.safe(fmt.Errorf("the callback's iss %q is not of %s", a.Issuer, p.origin)))
	}
	token, err := p.redeem(ctx, p.plain, a, code)
	if err != nil {
		return none, err
	}
	assertion := signin.Assertion{Issuer: p.issuer(), RefreshToken: token.RefreshToken, ExpiresAt: p.expiry(token)}
	if err := p.describe(ctx, token, &assertion); err != nil {
		return none, failed(p.safe(err, token.AccessToken, token.RefreshToken, code))
	}
	return assertion, nil
}

// describe asks the provider whose token it is.
func (p *Provider) describe(ctx context.Context, token *oauth2.Token, a *signin.Assertion) error {
	content, err := p.getJSON(ctx, p.cfg.UserinfoURL, token.AccessToken)
	if err != nil {
		return err
	}
	said, err := parseClaims(content)
	if err != nil {
		return fmt.Errorf("userinfo: %w", err)
	}
	if p.cfg.Kind == config.KindGitHub {
		// The number stays; the login can be given up, and taken by somebody else.
		a.Subject, a.Name = said.subject("id"), said.text("name")
		if a.Name == "" {
			a.Name = said.text("login")
		}
	} else {
		a.Subject, a.Name = p.plainSubject(said), said.text(p.cfg.NameClaim)
		a.Email, a.EmailVerified = said.text(p.cfg.EmailClaim), said.isTrue(p.cfg.EmailVerifiedClaim)
		a.Locale = said.locale()
	}
	if a.Subject == "" {
		return errors.New("userinfo names nobody")
	}
	if p.cfg.EmailsURL == "" {
		return nil
	}
	if content, err = p.getJSON(ctx, p.cfg.EmailsURL, token.AccessToken); err != nil {
		return fmt.Errorf("the list of addresses (has the client leave to read it?): %w", err)
	}
	a.Email, a.EmailVerified, err = pickEmail(content)
	return err
}

func (p *Provider) plainSubject(said claims) string {
	if p.cfg.SubjectClaim != "" {
		return said.subject(p.cfg.SubjectClaim)
	}
	if sub := said.subject("sub"); sub != "" {
		return sub
	}
	return said.subject("id")
}

// pickEmail chooses among the addresses of an account: the primary one when it is verified, else another verified one, else the primary.
// https://docs.github.com/rest/users/emails#list-email-addresses-for-the-authenticated-user
func pickEmail(content []byte) (email string, verified bool, err error) {
	var all []struct {
		Email    string `json:"email"`
		Primary  bool   `json:"primary"`
		Verified bool   `json:"verified"`
	}
	if json.Unmarshal(content, &all) != nil {
		return "", false, errors.New("the list of addresses is none")
	}
	best := -1
	for _, one := range all {
		rank := 0
		if one.Verified {
			rank += 2
		}
		if one.Primary {
			rank++
		}
		if one.Email != "" && rank > best && rank > 0 {
			best, email, verified = rank, one.Email, one.Verified
		}
	}
	return email, verified, nil
}

// issuer names a plain OAuth2 server among others: GitHub by its site, any other by its authorize address, as one host may hold several.
func (p *Provider) issuer() string {
	if p.cfg.Kind == config.KindGitHub {
		return p.origin
	}
	return p.cfg.AuthorizeURL
}
