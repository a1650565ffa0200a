package oidc

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/ackify/ackify/backend/internal/domain"
)

var tenantPath = regexp.MustCompile(`^/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})/v2\.0$`)

// tenantIssuer checks the issuer of a Microsoft tenant's discovery document. Where the tenant is configured by one of its domains, the
// document names the tenant's id instead; where it is configured by its id, both are the same. It returns the tenant's id.
// https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
func tenantIssuer(configured, found string) (tenant string, err error) {
	want, err := url.Parse(configured)
	if err != nil {
		return "", err
	}
	got, err := url.Parse(found)
	if err != nil {
		return "", err
	}
	id := tenantPath.FindStringSubmatch(got.Path)
	if id == nil || origin(want) != origin(got) || got.RawQuery != "" || got.User != nil {
		return "", fmt.Errorf("the discovery document's issuer %q is no tenant of %s", found, origin(want))
	}
	if tenantPath.MatchString(want.Path) && !strings.EqualFold(want.Path, got.Path) {
		return "", fmt.Errorf("the discovery document is another tenant's: its issuer is %q", found)
	}
	return id[1], nil
}

// microsoftEmail finds an address and whether it is the person's in the claims of a tenant's token. Microsoft sends no
// `email_verified`, and `email` is whatever somebody wrote into a profile. It counts as verified when Microsoft says by the optional
// claim `xms_edov` that the owner of the address's domain was verified; when Microsoft says nothing of it, for the address that the person
// logs in by, and for the domain of that, which the tenant owns. Guests (`#EXT#`) log in by no domain of the tenant.
// https://learn.microsoft.com/entra/identity-platform/migrate-off-email-claim-authorization
func microsoftEmail(c claims) (email string, verified bool) {
	login := c.text("preferred_username")
	guest := strings.Contains(strings.ToUpper(login), "#EXT#")
	loginAddress, err := domain.ParseEmail(login)
	if err != nil || guest {
		loginAddress = "" // a guest's has the form of an address, but is none
	}
	email = c.text("email")
	if email == "" {
		email = string(loginAddress)
	}
	address, err := domain.ParseEmail(email)
	if err != nil {
		return email, false
	}
	switch owned, said := edov(c); {
	case said:
		return email, owned
	case loginAddress == "":
		return email, false
	case address == loginAddress:
		return email, true
	}
	return email, domainOf(address) == domainOf(loginAddress)
}

// edov reads `xms_edov`, which Microsoft writes as true, 1, "1" or "true".
func edov(c claims) (owned, said bool) {
	switch value := c.get("xms_edov").(type) {
	case nil:
		return false, false
	case bool:
		return value, true
	case string:
		return value == "1" || strings.EqualFold(value, "true"), true
	case json.Number:
		return value.String() == "1", true
	}
	return false, true
}

func domainOf(e domain.Email) string {
	_, host, _ := strings.Cut(string(e), "@")
	return host
}

// checkTenant refuses a token of another tenant than the issuer's.
func checkTenant(c claims, tenant string) error {
	if tid := c.text("tid"); tid != "" && !strings.EqualFold(tid, tenant) {
		return errors.New("the ID token is of another tenant")
	}
	return nil
}
