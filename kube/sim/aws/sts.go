package aws

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/google/uuid"
)

// user is the account's only user.
const user = "workshop"

// identity is the answer of GetCallerIdentity; STS speaks the Query protocol, which answers in XML.
type identity struct {
	XMLName xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
	Arn     string   `xml:"GetCallerIdentityResult>Arn"`
	UserID  string   `xml:"GetCallerIdentityResult>UserId"`
	Account string   `xml:"GetCallerIdentityResult>Account"`
	Request string   `xml:"ResponseMetadata>RequestId"`
}

// queryError is an error in the Query protocol.
type queryError struct {
	XMLName xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
	Type    string   `xml:"Error>Type"`
	Code    string   `xml:"Error>Code"`
	Message string   `xml:"Error>Message"`
	Request string   `xml:"RequestId"`
}

// serveSTS answers a request to STS.
func (a *Account) serveSTS(w http.ResponseWriter, r *http.Request, body []byte) {
	form, err := url.ParseQuery(string(body))
	action := form.Get("Action")
	if err == nil && action != "GetCallerIdentity" {
		writeXML(w, http.StatusBadRequest, queryError{Type: "Sender", Code: "InvalidAction", Message: fmt.Sprintf("Could not find operation %s for version 2011-06-15", action), Request: uuid.NewString()})
		return
	}
	if _, err = a.authenticate(r, body, "sts"); err != nil {
		var refused *apiError
		if errors.As(err, &refused) {
			writeXML(w, http.StatusForbidden, queryError{Type: "Sender", Code: queryCode(refused.Type), Message: refused.Message, Request: uuid.NewString()})
		}
		return
	}
	writeXML(w, http.StatusOK, identity{
		Arn:     fmt.Sprintf("arn:aws:iam::%s:user/%s", a.options.Account, user),
		UserID:  "AIDACKCEVSQ6C2EXAMPLE",
		Account: a.options.Account, Request: uuid.NewString(),
	})
}

// queryCode is what the Query protocol calls an error of the JSON protocol.
func queryCode(kind string) string {
	switch kind {
	case "UnrecognizedClientException":
		return "InvalidClientTokenId"
	case "InvalidSignatureException":
		return "SignatureDoesNotMatch"
	case "MissingAuthenticationTokenException":
		return "MissingAuthenticationToken"
	}
	return "IncompleteSignature"
}

func writeXML(w http.ResponseWriter, status int, value any) {
	data, err := xml.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_, _ = w.Write(data) // a client that is gone misses nothing
}
