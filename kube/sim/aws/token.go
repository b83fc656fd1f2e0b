package aws

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"time"
)

// tokenLife is how long a registry password is good for.
const tokenLife = 12 * time.Hour

// registryUser is the only user name that ECR's registry knows.
const registryUser = "AWS"

type tokenData struct {
	AuthorizationToken string `json:"authorizationToken"`
	ExpiresAt          epoch  `json:"expiresAt"`
	ProxyEndpoint      string `json:"proxyEndpoint"`
}

type tokenOutput struct {
	AuthorizationData []tokenData `json:"authorizationData"`
}

// getAuthorizationToken makes a password for the registry.
func (a *Account) getAuthorizationToken(c caller, _ struct{}) (tokenOutput, error) {
	password, expires := rand.Text()+rand.Text(), a.now().Add(tokenLife)
	a.tokens[password] = expires
	return tokenOutput{[]tokenData{{
		AuthorizationToken: base64.StdEncoding.EncodeToString([]byte(registryUser + ":" + password)),
		ExpiresAt:          epoch(expires),
		ProxyEndpoint:      "https://" + a.registryHost(c.region),
	}}}, nil
}

// authorize refuses a request to the registry by somebody who is not logged in. Nobody has an account at the registries
// that can only be read.
func (reg *ociRegistry) authorize(r *http.Request) *registryError {
	if reg.region != "" {
		return reg.account.authorize(r)
	}
	if _, _, given := r.BasicAuth(); given {
		return &registryError{http.StatusUnauthorized, "UNAUTHORIZED", "incorrect username or password"}
	}
	return nil
}

// authorize is that for the account's own registries.
func (a *Account) authorize(r *http.Request) *registryError {
	if a.options.Anonymous || r.Context().Value(trusted{}) != nil {
		return nil
	}
	name, password, given := r.BasicAuth()
	if !given {
		return &registryError{http.StatusUnauthorized, "UNAUTHORIZED", "Not Authorized"}
	}
	expires, known := a.tokens[password]
	switch {
	case !known || name != registryUser:
		return &registryError{http.StatusBadRequest, "DENIED", "Your Authorization Token is invalid."}
	case !a.now().Before(expires):
		return &registryError{http.StatusForbidden, "DENIED", "Your authorization token has expired. Reauthenticate and try again."}
	}
	return nil
}
