package openapi

import "slices"

// operation is one method of a path, the verb it stands for, and the query parameters that it takes.
type operation struct {
	method, verb, action string
	query                []string
}

func collectionOperations() []operation {
	list := []string{"allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "resourceVersionMatch", "sendInitialEvents", "timeoutSeconds", "watch"}
	return []operation{
		{"get", "list", "list", list},
		{"post", "create", "post", []string{"dryRun", "fieldManager", "fieldValidation"}},
		{"delete", "deletecollection", "deletecollection", append([]string{"dryRun", "gracePeriodSeconds", "propagationPolicy"}, list...)},
	}
}

func objectOperations() []operation {
	return []operation{
		{"get", "get", "get", nil},
		{"put", "update", "put", []string{"dryRun", "fieldManager", "fieldValidation"}},
		{"patch", "patch", "patch", []string{"dryRun", "fieldManager", "fieldValidation", "force"}},
		{"delete", "delete", "delete", []string{"dryRun", "gracePeriodSeconds", "propagationPolicy"}},
	}
}

// paths describes where a resource is served and what can be done there.
func (r Resource) paths(name string) object {
	base := "/api/" + r.GVK.Version
	if r.GVK.Group != "" {
		base = "/apis/" + r.GVK.Group + "/" + r.GVK.Version
	}
	var parameters []any
	if r.Namespaced {
		base += "/namespaces/{namespace}"
		parameters = append(parameters, pathParameter("namespace", "object name and auth scope, such as for teams and projects"))
	}
	base += "/" + r.Plural
	named := append(slices.Clone(parameters), pathParameter("name", "name of the "+r.GVK.Kind))
	return object{
		base:             r.path(collectionOperations(), parameters, name),
		base + "/{name}": r.path(objectOperations(), named, name),
	}
}

func (r Resource) path(operations []operation, parameters []any, name string) object {
	out := object{}
	for _, op := range operations {
		if slices.Contains(r.Verbs, op.verb) {
			out[op.method] = r.operation(op, name)
		}
	}
	if len(parameters) > 0 {
		out["parameters"] = parameters
	}
	return out
}

func (r Resource) operation(op operation, name string) object {
	content := object{"application/json": object{"schema": object{"$ref": refPrefix + name}}}
	out := object{
		"x-kubernetes-action":             op.action,
		"x-kubernetes-group-version-kind": gvkObject(r.GVK),
		"responses":                       object{"200": object{"description": "OK", "content": content}},
	}
	var query []any
	for _, parameter := range op.query {
		query = append(query, object{"name": parameter, "in": "query", "schema": object{"type": "string", "uniqueItems": true}})
	}
	if query != nil {
		out["parameters"] = query
	}
	switch op.method {
	case "post", "put":
		out["requestBody"] = object{"content": content, "required": true}
	case "patch":
		out["requestBody"] = object{"content": r.patches(), "required": true}
	}
	return out
}

// patches lists the patches that the kind takes, which is how clients learn of it.
func (r Resource) patches() object {
	out := object{}
	types := []string{"application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"}
	if r.Type != nil {
		types = append(types, "application/strategic-merge-patch+json")
	}
	for _, t := range types {
		out[t] = object{"schema": object{"type": "object"}}
	}
	return out
}

func pathParameter(name, description string) object {
	return object{"name": name, "in": "path", "description": description, "required": true, "schema": object{"type": "string", "uniqueItems": true}}
}
