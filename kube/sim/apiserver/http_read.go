package apiserver

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"

	"podsec/kube/sim/store"
)

func (s *Server) serveGet(out *response, c *call) {
	f, err := formOf(out.r)
	if err != nil {
		out.fail(err)
		return
	}
	item, err := s.store.Get(c.res.key(c.namespace, c.name))
	if err != nil {
		out.fail(c.storeError(err))
		return
	}
	body, err := s.encoder(c.res, f).item(item)
	if err != nil {
		out.fail(err)
		return
	}
	out.raw(http.StatusOK, body)
}

func (s *Server) serveList(out *response, c *call) {
	f, err := formOf(out.r)
	if err != nil {
		out.fail(err)
		return
	}
	query := out.r.URL.Query()
	sel, err := selectionOf(c, query)
	if err != nil {
		out.fail(err)
		return
	}
	items, meta, err := s.page(c.res, sel, query)
	if err != nil {
		out.fail(err)
		return
	}
	body, err := s.encoder(c.res, f).list(items, meta)
	if err != nil {
		out.fail(err)
		return
	}
	out.raw(http.StatusOK, body)
}

// selectionOf reads the selectors of a query.
func selectionOf(c *call, query url.Values) (selection, error) {
	sel := everything(c.namespace)
	var err error
	if sel.labels, err = labels.Parse(query.Get("labelSelector")); err != nil {
		return sel, apierrors.NewBadRequest(err.Error())
	}
	if sel.fields, err = fields.ParseSelector(query.Get("fieldSelector")); err != nil {
		return sel, apierrors.NewBadRequest(err.Error())
	}
	for _, requirement := range sel.fields.Requirements() {
		if !c.res.selects(requirement.Field) {
			return sel, apierrors.NewBadRequest(c.res.notSelectable(requirement.Field))
		}
	}
	if c.name != "" {
		sel.fields = fields.AndSelectors(sel.fields, fields.OneTermEqualSelector("metadata.name", c.name))
	}
	return sel, nil
}

// notSelectable says of a field what the real server says: kinds with fields of their own say it shortly, others name all.
func (r *resource) notSelectable(name string) string {
	if len(r.selectable) > 0 {
		return "field label not supported: " + name
	}
	return fmt.Sprintf(`%q is not a known field selector: only "metadata.name", "metadata.namespace"`, name)
}

// selects says whether a field selector may ask for a field.
func (r *resource) selects(name string) bool {
	if name == "metadata.name" || name == "metadata.namespace" {
		return true
	}
	for _, have := range r.selectable {
		if have == name {
			return true
		}
	}
	return false
}

// position is what a continue token says: the resourceVersion of the list and the last key that was sent.
type position struct {
	Version  string    `json:"v"`
	Revision uint64    `json:"rv"`
	Last     store.Key `json:"last"`
}

const positionVersion = "meta.k8s.io/v1"

// page returns the part of a list that a query asks for.
func (s *Server) page(res *resource, sel selection, query url.Values) ([]*store.Item, metav1.ListMeta, error) {
	items, revision, err := s.listAs(res, sel, query)
	if err != nil {
		return nil, metav1.ListMeta{}, err
	}
	meta := metav1.ListMeta{ResourceVersion: strconv.FormatUint(revision, 10)}
	limit, err := limitOf(query)
	if err != nil {
		return nil, meta, err
	}
	if limit > 0 && len(items) > limit {
		rest := int64(len(items) - limit)
		items = items[:limit]
		token, err := json.Marshal(position{Version: positionVersion, Revision: revision, Last: items[limit-1].Key})
		if err != nil {
			return nil, meta, err
		}
		meta.Continue = base64.RawURLEncoding.EncodeToString(token)
		// With a selector the real server does not know how many remain.
		if sel.labels.Empty() && sel.fields.Empty() {
			meta.RemainingItemCount = &rest
		}
	}
	return items, meta, nil
}

func limitOf(query url.Values) (int, error) {
	text := query.Get("limit")
	if text == "" {
		return 0, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil {
		return 0, apierrors.NewBadRequest(fmt.Sprintf("strconv.ParseInt: parsing %q: invalid syntax", text))
	}
	return limit, nil
}

// listAs returns a list at the resourceVersion that a query asks for, from where its continue token says.
func (s *Server) listAs(res *resource, sel selection, query url.Values) ([]*store.Item, uint64, error) {
	if token := query.Get("continue"); token != "" {
		return s.listFrom(res, sel, token)
	}
	asked, err := parseRevision(query.Get("resourceVersion"))
	if err != nil {
		return nil, 0, err
	}
	if metav1.ResourceVersionMatch(query.Get("resourceVersionMatch")) == metav1.ResourceVersionMatchExact {
		items, err := s.listAt(res, sel, asked)
		return items, asked, err
	}
	items, revision := s.list(res, sel)
	if asked > revision {
		return nil, 0, tooLarge(asked, revision)
	}
	return items, revision, nil
}

func (s *Server) listFrom(res *resource, sel selection, token string) ([]*store.Item, uint64, error) {
	var at position
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		err = json.Unmarshal(raw, &at)
	}
	if err != nil || at.Version != positionVersion {
		return nil, 0, apierrors.NewBadRequest("continue key is not valid: " + token)
	}
	items, err := s.listAt(res, sel, at.Revision)
	if apierrors.IsResourceExpired(err) {
		err = apierrors.NewResourceExpired("The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.")
	}
	if err != nil {
		return nil, 0, err
	}
	after := sort.Search(len(items), func(i int) bool {
		k := items[i].Key
		return k.Namespace > at.Last.Namespace || k.Namespace == at.Last.Namespace && k.Name > at.Last.Name
	})
	return items[after:], at.Revision, nil
}

func (s *Server) listAt(res *resource, sel selection, revision uint64) ([]*store.Item, error) {
	all, err := s.store.ListAt(res.storage.resource, revision)
	switch err {
	case store.ErrExpired:
		return nil, expired(revision, s.store.Revision())
	case store.ErrFuture:
		return nil, tooLarge(revision, s.store.Revision())
	}
	return filter(res, all, sel), err
}

// tooLarge is the answer to a resourceVersion from the future, which clients recognise by its cause.
func tooLarge(asked, current uint64) error {
	err := apierrors.NewTimeoutError(fmt.Sprintf("Too large resource version: %d, current: %d", asked, current), 1)
	err.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: metav1.CauseTypeResourceVersionTooLarge, Message: "Too large resource version"}}
	return err
}
