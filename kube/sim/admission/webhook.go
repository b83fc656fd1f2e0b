package admission

import (
	"context"
	"fmt"
	"net/http"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/kube/sim/api"
)

// Webhooks sends requests to the webhooks that are registered in the cluster.
type Webhooks struct {
	reader     Reader
	services   api.Services
	mutating   *registered
	validating *registered
}

// NewWebhooks returns the step of the chain that calls webhooks; services answers for the Services they name.
func NewWebhooks(reader Reader, services api.Services) *Webhooks {
	return &Webhooks{
		reader: reader, services: services,
		mutating: newRegistered(reader, "mutatingwebhookconfigurations"), validating: newRegistered(reader, "validatingwebhookconfigurations"),
	}
}

// Mutate implements api.Admission. Webhooks are called one after another and see what the former left. In the second
// round only those are called that want to be (reinvocationPolicy IfNeeded), and only when others changed the object since.
func (w *Webhooks) Mutate(ctx context.Context, a *api.Attributes) error {
	hooks, err := w.mutating.webhooks(ctx)
	if err != nil || unchanged(a) {
		return err
	}
	for _, hook := range hooks {
		if a.Rounds.IsReinvoke() && !hook.again {
			continue
		}
		review, called, err := w.dispatch(ctx, hook, a)
		if err != nil {
			return err
		}
		if called && review.Object != nil {
			a.Object = review.Object
		}
	}
	if a.Rounds.ShouldReinvoke() {
		a.Rounds.SetValue(webhooksLeft, a.Object)
	}
	return nil
}

// webhooksLeft is under what a request keeps the object that webhooks left in the first round.
const webhooksLeft = "webhooks"

// unchanged says whether this is the second round, and the object is still what webhooks left in the first.
func unchanged(a *api.Attributes) bool {
	left, ok := a.Rounds.Value(webhooksLeft).(*unstructured.Unstructured)
	return a.Rounds.IsReinvoke() && ok && a.Object != nil && api.Equal(left.Object, a.Object.Object)
}

// Validate implements api.Admission. All webhooks are called, whatever the others say, as kube-apiserver calls them at
// the same time; the first refusal is the answer.
func (w *Webhooks) Validate(ctx context.Context, a *api.Attributes) error {
	hooks, err := w.validating.webhooks(ctx)
	if err != nil {
		return err
	}
	var first error
	for _, hook := range hooks {
		if _, _, err := w.dispatch(ctx, hook, a); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// dispatch sends a request to one webhook if it is meant for it. called is false when it was not, or when the webhook
// failed and may be ignored.
func (w *Webhooks) dispatch(ctx context.Context, hook *webhook, a *api.Attributes) (_ api.Review, called bool, _ error) {
	matches, err := hook.matches(ctx, w.reader, a)
	if err != nil || !matches {
		return api.Review{}, false, err
	}
	if a.DryRun && hook.effects != admissionv1.SideEffectClassNone && hook.effects != admissionv1.SideEffectClassNoneOnDryRun {
		return api.Review{}, false, apierrors.NewBadRequest(fmt.Sprintf("admission webhook %q does not support dry run", hook.name))
	}
	review, err := w.call(ctx, hook, a)
	switch {
	case err != nil && hook.failure == admissionv1.Ignore:
		return api.Review{}, false, nil
	case err != nil:
		return api.Review{}, false, apierrors.NewInternalError(fmt.Errorf("failed calling webhook %q: failed to call webhook: %w", hook.name, err))
	}
	for _, text := range review.Warnings {
		a.Warn(text)
	}
	if !review.Allowed {
		return review, true, denied(hook.name, review)
	}
	return review, true, nil
}

// call reaches a webhook; its errors read as those of the HTTP client in kube-apiserver.
func (w *Webhooks) call(ctx context.Context, hook *webhook, a *api.Attributes) (api.Review, error) {
	if hook.client.Service == nil {
		url := ""
		if hook.client.URL != nil {
			url = *hook.client.URL
		}
		return api.Review{}, fmt.Errorf("Post %q: the simulated cluster cannot reach addresses outside itself", withTimeout(url, hook.seconds)) //nolint:staticcheck // as net/http writes it
	}
	service := hook.client.Service
	path, port := "", int32(443)
	if service.Path != nil {
		path = *service.Path
	}
	if service.Port != nil {
		port = *service.Port
	}
	url := withTimeout(fmt.Sprintf("https://%s.%s.svc:%d%s", service.Name, service.Namespace, port, path), hook.seconds)
	backend, err := w.backend(ctx, service)
	if err != nil {
		return api.Review{}, fmt.Errorf("Post %q: %w", url, err) //nolint:staticcheck // as net/http writes it
	}
	review, err := backend.Review(ctx, path, a)
	if err != nil {
		return api.Review{}, fmt.Errorf("Post %q: %w", url, err) //nolint:staticcheck // as net/http writes it
	}
	return review, nil
}

func withTimeout(url string, seconds int32) string {
	return fmt.Sprintf("%s?timeout=%ds", url, seconds)
}

// backend finds who answers for a service.
func (w *Webhooks) backend(ctx context.Context, ref *admissionv1.ServiceReference) (api.Service, error) {
	if backend, ok := w.services.Lookup(ref.Namespace, ref.Name); ok {
		return backend, nil
	}
	if _, err := w.reader.Get(ctx, core("services"), ref.Namespace, ref.Name); err != nil {
		return nil, fmt.Errorf("service %q not found", ref.Name)
	}
	return nil, fmt.Errorf("no endpoints available for service %q", ref.Name)
}

// denied is the error by which a webhook refuses (k8s.io/apiserver/pkg/admission/plugin/webhook/errors).
func denied(name string, review api.Review) error {
	code := review.Code
	if code < http.StatusBadRequest {
		code = http.StatusBadRequest
	}
	message := fmt.Sprintf("admission webhook %q denied the request without explanation", name)
	if review.Message != "" {
		message = fmt.Sprintf("admission webhook %q denied the request: %s", name, review.Message)
	}
	return &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: code, Message: message}}
}
