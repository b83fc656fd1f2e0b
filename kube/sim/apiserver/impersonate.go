package apiserver

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
)

// impersonated returns the user that a request's Impersonate- headers name, or the one who makes the request when there
// are none. Each part of another identity must be allowed by itself.
func (s *Server) impersonated(r *http.Request, by authenticationv1.UserInfo) (authenticationv1.UserInfo, error) {
	as := authenticationv1.UserInfo{
		Username: r.Header.Get(authenticationv1.ImpersonateUserHeader), UID: r.Header.Get(authenticationv1.ImpersonateUIDHeader),
		Groups: slices.Clone(r.Header.Values(authenticationv1.ImpersonateGroupHeader)), Extra: impersonatedExtra(r.Header),
	}
	if as.Username == "" {
		if as.UID != "" || len(as.Groups) > 0 || len(as.Extra) > 0 {
			return as, apierrors.NewBadRequest("requested " + parts(as) + " without impersonating a user")
		}
		return by, nil
	}
	for _, part := range identity(as) {
		part.User, part.Verb, part.ResourceRequest = infoOf(by), "impersonate", true
		if err := s.permit(r.Context(), part); err != nil {
			return as, err
		}
	}
	if namespace, _, err := serviceaccount.SplitUsername(as.Username); err == nil && len(as.Groups) == 0 {
		as.Groups = serviceaccount.MakeGroupNames(namespace)
	}
	as.Groups = withEverybody(as.Username, as.Groups)
	return as, nil
}

// identity lists what must be allowed to act as a user.
func identity(as authenticationv1.UserInfo) []authorizer.AttributesRecord {
	all := []authorizer.AttributesRecord{{Resource: "users", Name: as.Username}}
	if namespace, name, err := serviceaccount.SplitUsername(as.Username); err == nil {
		all[0] = authorizer.AttributesRecord{Resource: "serviceaccounts", Namespace: namespace, Name: name, APIVersion: "v1"}
	}
	for _, group := range as.Groups {
		all = append(all, authorizer.AttributesRecord{Resource: "groups", Name: group})
	}
	const group, version = "authentication.k8s.io", "v1"
	for key, values := range as.Extra {
		for _, value := range values {
			all = append(all, authorizer.AttributesRecord{APIGroup: group, APIVersion: version, Resource: "userextras", Subresource: key, Name: value})
		}
	}
	if as.UID != "" {
		all = append(all, authorizer.AttributesRecord{APIGroup: group, APIVersion: version, Resource: "uids", Name: as.UID})
	}
	return all
}

// parts names what a request impersonates, for the error that says that this is not enough.
func parts(as authenticationv1.UserInfo) string {
	switch {
	case len(as.Groups) > 0:
		return "[groups " + strings.Join(as.Groups, " ") + "]"
	case as.UID != "":
		return "[uid " + as.UID + "]"
	}
	return "[extra]"
}

func impersonatedExtra(header http.Header) map[string]authenticationv1.ExtraValue {
	var extra map[string]authenticationv1.ExtraValue
	for name, values := range header {
		key, ok := strings.CutPrefix(name, authenticationv1.ImpersonateUserExtraHeaderPrefix)
		if !ok {
			continue
		}
		key = strings.ToLower(key)
		if unescaped, err := url.PathUnescape(key); err == nil {
			key = unescaped
		}
		if extra == nil {
			extra = map[string]authenticationv1.ExtraValue{}
		}
		extra[key] = values
	}
	return extra
}

// withEverybody adds the group that every user is in, unless a request decided that itself.
func withEverybody(name string, groups []string) []string {
	everybody := user.AllAuthenticated
	if name == user.Anonymous {
		everybody = user.AllUnauthenticated
	}
	if slices.Contains(groups, everybody) || slices.Contains(groups, user.AllUnauthenticated) {
		return groups
	}
	return append(groups, everybody)
}
