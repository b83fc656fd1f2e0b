package apiserver

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"
	"k8s.io/apiserver/pkg/authentication/user"
)

// tokenSeconds is how long a service account token is good unless the request says otherwise.
const tokenSeconds = 3600

// issuer is what a cluster's service account tokens name as their issuer.
const issuer = "https://kubernetes.default.svc.cluster.local"

// claims are those of a service account token.
type claims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience []string `json:"aud"`
	Issued   int64    `json:"iat"`
	Expires  int64    `json:"exp"`
	ID       string   `json:"jti"`
	Account  account  `json:"kubernetes.io"`
}

// account is the part of a token that says whose it is: not only by name, so that it ends with the account.
type account struct {
	Namespace      string `json:"namespace"`
	ServiceAccount struct {
		Name string    `json:"name"`
		UID  types.UID `json:"uid"`
	} `json:"serviceaccount"`
}

// serveToken issues a token for a service account.
func (s *Server) serveToken(out *response, c *call) {
	obj, err := s.get(c)
	if err != nil {
		out.fail(err)
		return
	}
	request := authenticationv1.TokenRequest{}
	if err := s.readInto(c, out.r, &request); err != nil {
		out.fail(err)
		return
	}
	seconds := int64(tokenSeconds)
	if request.Spec.ExpirationSeconds != nil {
		seconds = *request.Spec.ExpirationSeconds
	}
	if errs := expirationErrors(seconds); len(errs) > 0 {
		out.fail(apierrors.NewInvalid(schema.GroupKind{Group: "authentication.k8s.io", Kind: "TokenRequest"}, "", errs))
		return
	}
	if err := s.bindable(c, request.Spec.BoundObjectRef); err != nil {
		out.fail(err)
		return
	}
	if len(request.Spec.Audiences) == 0 {
		request.Spec.Audiences = []string{issuer}
	}
	issued := s.clock.Now()
	expires := issued.Add(time.Duration(seconds) * time.Second)
	whose := account{Namespace: c.namespace}
	whose.ServiceAccount.Name, whose.ServiceAccount.UID = c.name, obj.GetUID()
	token, err := s.sign(claims{
		Issuer: issuer, Subject: serviceaccount.MakeUsername(c.namespace, c.name), Audience: request.Spec.Audiences,
		Issued: issued.Unix(), Expires: expires.Unix(), ID: uuid.NewString(), Account: whose,
	})
	if err != nil {
		out.fail(err)
		return
	}
	request.TypeMeta = metav1.TypeMeta{Kind: "TokenRequest", APIVersion: "authentication.k8s.io/v1"}
	request.Name, request.Namespace = c.name, c.namespace
	request.Spec.ExpirationSeconds = &seconds
	request.Status = authenticationv1.TokenRequestStatus{Token: token, ExpirationTimestamp: metav1.NewTime(expires)}
	out.json(http.StatusCreated, request)
}

// bindable checks the object whose life a token's is to be bound to.
func (s *Server) bindable(c *call, ref *authenticationv1.BoundObjectReference) error {
	if ref == nil {
		return nil
	}
	resource, known := map[string]string{"Pod": "pods", "Secret": "secrets", "Node": "nodes"}[ref.Kind]
	res, served := s.registry.Load().byResource[corev1.SchemeGroupVersion.WithResource(resource)]
	if !known || !served {
		return apierrors.NewBadRequest(fmt.Sprintf("cannot bind token to object of type %s", schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind)))
	}
	bound := &call{res: res, namespace: c.namespace, name: ref.Name}
	if !res.namespaced {
		bound.namespace = ""
	}
	obj, err := s.get(bound)
	if err != nil {
		return err
	}
	if account, _, _ := unstructured.NestedString(obj.Object, "spec", "serviceAccountName"); ref.Kind == "Pod" && account != c.name {
		return apierrors.NewBadRequest(fmt.Sprintf("cannot bind token for serviceaccount %q to pod running with different serviceaccount name.", c.name))
	}
	if ref.UID != "" && ref.UID != obj.GetUID() {
		return apierrors.NewConflict(schema.GroupResource{Resource: ref.Kind}, ref.Name, fmt.Errorf(
			"the UID in the bound object reference (%s) does not match the UID in record. The object might have been deleted and then recreated", ref.UID))
	}
	return nil
}

// expirationErrors checks the life of a token by the limits of TokenRequest (pkg/apis/authentication/validation).
func expirationErrors(seconds int64) field.ErrorList {
	at := field.NewPath("spec", "expirationSeconds")
	switch {
	case seconds < 10*60:
		return field.ErrorList{field.Invalid(at, seconds, "may not specify a duration less than 10 minutes")}
	case seconds > 1<<32:
		return field.ErrorList{field.Invalid(at, seconds, "may not specify a duration larger than 2^32 seconds")}
	}
	return nil
}

// sign makes a JSON Web Token. Its key is this server's own, so that no other server's tokens are good here.
func (s *Server) sign(c claims) (string, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(body)
	return text + "." + encode(s.signature(text)), nil
}

func (s *Server) signature(text string) []byte {
	mac := hmac.New(sha256.New, []byte("service accounts of "+s.token))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// tokenUser returns the service account that a token names, if the token is ours, is still good, is meant for one of the
// audiences (none is the API server's own), and the account is there.
func (s *Server) tokenUser(token string, audiences []string) (authenticationv1.UserInfo, bool) {
	c, ok := s.verified(token)
	if len(audiences) == 0 {
		audiences = []string{issuer}
	}
	meant := slices.ContainsFunc(audiences, func(name string) bool { return slices.Contains(c.Audience, name) })
	if !ok || !meant || s.clock.Now().Unix() >= c.Expires {
		return authenticationv1.UserInfo{}, false
	}
	accounts := corev1.SchemeGroupVersion.WithResource("serviceaccounts")
	stored, err := s.Client().Get(context.Background(), accounts, c.Account.Namespace, c.Account.ServiceAccount.Name)
	if err != nil || stored.GetUID() != c.Account.ServiceAccount.UID {
		return authenticationv1.UserInfo{}, false
	}
	return authenticationv1.UserInfo{
		Username: c.Subject, UID: string(stored.GetUID()),
		Groups: append(serviceaccount.MakeGroupNames(c.Account.Namespace), user.AllAuthenticated),
		Extra:  map[string]authenticationv1.ExtraValue{user.CredentialIDKey: {"JTI=" + c.ID}},
	}, true
}

// verified returns the claims of a token that this server has signed.
func (s *Server) verified(token string) (c claims, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, false
	}
	given, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !hmac.Equal(given, s.signature(parts[0]+"."+parts[1])) {
		return c, false
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	return c, err == nil && json.Unmarshal(body, &c) == nil
}
