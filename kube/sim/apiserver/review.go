package apiserver

import (
	"context"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
)

// asker is who asks for a review, and where.
type asker struct {
	user      authenticationv1.UserInfo
	namespace string
}

func reviewSelf(_ context.Context, _ *Server, by asker, r *authenticationv1.SelfSubjectReview) error {
	r.Status.UserInfo = by.user
	return nil
}

// reviewToken says whose token it is.
func reviewToken(_ context.Context, s *Server, _ asker, r *authenticationv1.TokenReview) error {
	if r.Spec.Token == "" {
		return apierrors.NewBadRequest("token is required for TokenReview in authentication")
	}
	u, ok := s.authenticateToken(r.Spec.Token, r.Spec.Audiences...)
	r.Status = authenticationv1.TokenReviewStatus{Authenticated: ok, User: u}
	if !ok {
		r.Status.Error = "invalid bearer token"
	} else if r.Status.Audiences = r.Spec.Audiences; len(r.Status.Audiences) == 0 {
		r.Status.Audiences = []string{issuer}
	}
	return nil
}

func reviewOwnAccess(ctx context.Context, s *Server, by asker, r *authorizationv1.SelfSubjectAccessReview) error {
	errs := attributeErrors(r.Spec.ResourceAttributes, r.Spec.NonResourceAttributes)
	if len(errs) > 0 {
		return invalidReview("SelfSubjectAccessReview", errs)
	}
	r.Status = s.access(ctx, infoOf(by.user), r.Spec.ResourceAttributes, r.Spec.NonResourceAttributes)
	return nil
}

func reviewAccess(ctx context.Context, s *Server, _ asker, r *authorizationv1.SubjectAccessReview) error {
	if errs := subjectErrors(r.Spec); len(errs) > 0 {
		return invalidReview("SubjectAccessReview", errs)
	}
	r.Status = s.access(ctx, subjectOf(r.Spec), r.Spec.ResourceAttributes, r.Spec.NonResourceAttributes)
	return nil
}

func reviewLocalAccess(ctx context.Context, s *Server, by asker, r *authorizationv1.LocalSubjectAccessReview) error {
	r.Namespace = by.namespace
	errs := subjectErrors(r.Spec)
	at := field.NewPath("spec")
	if a := r.Spec.ResourceAttributes; a != nil && a.Namespace != by.namespace {
		errs = append(errs, field.Invalid(at.Child("resourceAttributes", "namespace"), a.Namespace, "must match metadata.namespace"))
	}
	if r.Spec.NonResourceAttributes != nil {
		errs = append(errs, field.Invalid(at.Child("nonResourceAttributes"), r.Spec.NonResourceAttributes, "disallowed on this kind of request"))
	}
	if len(errs) > 0 {
		return invalidReview("LocalSubjectAccessReview", errs)
	}
	r.Status = s.access(ctx, subjectOf(r.Spec), r.Spec.ResourceAttributes, nil)
	return nil
}

// reviewRules lists what a user may do. Rules that cannot be found are left out, as a real server does.
func reviewRules(ctx context.Context, s *Server, by asker, r *authorizationv1.SelfSubjectRulesReview) error {
	if r.Spec.Namespace == "" {
		return apierrors.NewBadRequest("no namespace on request")
	}
	status := authorizationv1.SubjectRulesReviewStatus{ResourceRules: []authorizationv1.ResourceRule{}, NonResourceRules: []authorizationv1.NonResourceRule{}}
	rules, err := s.authorizer.RulesFor(ctx, infoOf(by.user), r.Spec.Namespace)
	if err != nil {
		status.EvaluationError = err.Error()
	}
	for _, rule := range rules {
		if len(rule.Resources) > 0 {
			status.ResourceRules = append(status.ResourceRules, authorizationv1.ResourceRule{
				Verbs: rule.Verbs, APIGroups: rule.APIGroups, Resources: rule.Resources, ResourceNames: rule.ResourceNames,
			})
		}
		if len(rule.NonResourceURLs) > 0 {
			status.NonResourceRules = append(status.NonResourceRules, authorizationv1.NonResourceRule{Verbs: rule.Verbs, NonResourceURLs: rule.NonResourceURLs})
		}
	}
	r.Spec, r.Status = authorizationv1.SelfSubjectRulesReviewSpec{}, status // a real server does not repeat the question
	return nil
}

// access answers whether a user may do something.
func (s *Server) access(ctx context.Context, who user.Info, of *authorizationv1.ResourceAttributes, path *authorizationv1.NonResourceAttributes) authorizationv1.SubjectAccessReviewStatus {
	a := authorizer.AttributesRecord{User: who}
	if of != nil {
		a.ResourceRequest, a.Verb, a.Namespace, a.Name = true, of.Verb, of.Namespace, of.Name
		a.APIGroup, a.APIVersion, a.Resource, a.Subresource = of.Group, of.Version, of.Resource, of.Subresource
	} else {
		a.Verb, a.Path = path.Verb, path.Path
	}
	allowed, reason := s.authorizer.Authorize(ctx, a)
	return authorizationv1.SubjectAccessReviewStatus{Allowed: allowed, Reason: reason}
}

func subjectOf(spec authorizationv1.SubjectAccessReviewSpec) user.Info {
	extra := map[string]authenticationv1.ExtraValue{}
	for key, values := range spec.Extra {
		extra[key] = authenticationv1.ExtraValue(values)
	}
	return infoOf(authenticationv1.UserInfo{Username: spec.User, UID: spec.UID, Groups: spec.Groups, Extra: extra})
}

func subjectErrors(spec authorizationv1.SubjectAccessReviewSpec) field.ErrorList {
	errs := attributeErrors(spec.ResourceAttributes, spec.NonResourceAttributes)
	if spec.User == "" && len(spec.Groups) == 0 {
		errs = append(errs, field.Invalid(field.NewPath("spec", "user"), spec.User, "at least one of user or group must be specified"))
	}
	return errs
}

func attributeErrors(of *authorizationv1.ResourceAttributes, path *authorizationv1.NonResourceAttributes) field.ErrorList {
	at := field.NewPath("spec")
	switch {
	case of != nil && path != nil:
		return field.ErrorList{field.Invalid(at.Child("nonResourceAttributes"), path, "cannot be specified in combination with resourceAttributes")}
	case of == nil && path == nil:
		return field.ErrorList{field.Invalid(at.Child("resourceAttributes"), path, "exactly one of nonResourceAttributes or resourceAttributes must be specified")}
	}
	return nil
}

func invalidReview(kind string, errs field.ErrorList) error {
	return apierrors.NewInvalid(schema.GroupKind{Group: authorizationv1.GroupName, Kind: kind}, "", errs)
}
