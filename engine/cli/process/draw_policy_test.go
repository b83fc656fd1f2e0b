package process_test

// drawPolicy draws a policy with one rule named "r".
func drawPolicy(d *dice, name string) fields {
	rule := fields{"name": "r", "match": drawMatcher(d, []any{"Pod"})}
	if d.roll(3) == 1 {
		rule["exclude"] = drawMatcher(d, nil)
	}
	if d.roll(4) == 1 {
		rule["context"] = []any{fields{"name": "v", "variable": draw(d,
			fields{"jmesPath": "request.object.metadata.labels.app", "default": "none"}, fields{"value": []any{"web", "{{ request.namespace }}"}},
			fields{"jmesPath": "request.object.spec.containers[].name | length(@)"}, fields{"value": fields{"a": fields{"b": "web"}}, "jmesPath": "a.b"},
		)}}
	} else {
		rule["context"] = []any{fields{"name": "v", "variable": fields{"value": "web"}}}
	}
	if d.roll(3) == 1 {
		rule["preconditions"] = drawConditions(d)
	}
	rule["validate"] = drawValidation(d)
	metadata := fields{"name": name}
	if choice := draw(d, "", "", "", "none", "Deployment", "CronJob,Deployment"); choice != "" {
		metadata["annotations"] = fields{"pod-policies.kyverno.io/autogen-controllers": choice}
	}
	return fields{"apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": metadata, "spec": fields{"background": false, "rules": []any{rule}}}
}

// drawMatcher draws a match or exclude block; kinds is what most blocks are about, nil for none.
func drawMatcher(d *dice, kinds []any) fields {
	block := func(d *dice) any { return drawBlock(d, kinds) }
	switch d.roll(4) {
	case 1:
		return fields{"all": some(d, 1, 3, block)}
	case 2:
		return drawBlock(d, kinds)
	}
	return fields{"any": some(d, 1, 3, block)}
}

func drawBlock(d *dice, kinds []any) fields {
	resources := fields{}
	if kinds != nil {
		resources["kinds"] = kinds
	}
	if choice := draw(d, nil, nil, nil, nil, []any{"v1/Pod"}, []any{"Pod", "Deployment"}, []any{"*"}, []any{"*/*"}, []any{"apps/*/Deployment", "Pod"}, []any{"Service"}, []any{"P*"}); choice != nil {
		resources["kinds"] = choice
	}
	if d.roll(2) == 1 {
		drawNarrowing(d, resources)
	}
	block := fields{"resources": resources}
	switch d.roll(8) {
	case 1:
		block["subjects"] = []any{draw(d, fields{"kind": "User", "name": "ann"}, fields{"kind": "Group", "name": "d*"}, fields{"kind": "ServiceAccount", "name": "a", "namespace": "b"})}
	case 2:
		block["clusterRoles"] = draw(d, []any{"edit"}, []any{"e*"}, []any{"admin"})
	case 3:
		block["roles"] = draw(d, []any{"shop:owner"}, []any{"shop:*"}, []any{"x"})
	}
	return block
}

// drawNarrowing adds conditions on what there is to know of a resource.
func drawNarrowing(d *dice, resources fields) {
	for range 1 + d.roll(2) {
		switch d.roll(6) {
		case 0:
			resources["namespaces"] = draw(d, []any{"shop"}, []any{"d*"}, []any{"x", "default"})
		case 1:
			resources["names"] = draw(d, []any{"web*"}, []any{"?b*"}, []any{"*long*", "x"})
		case 2:
			resources["selector"] = draw(d, fields{"matchLabels": fields{"app": "web"}}, fields{"matchLabels": fields{"a*": "?*"}},
				fields{"matchExpressions": []any{fields{"key": "tier", "operator": "Exists"}}},
				fields{"matchExpressions": []any{fields{"key": "app", "operator": "NotIn", "values": []any{"web"}}}})
		case 3:
			resources["annotations"] = draw(d, fields{"note": "a"}, fields{"no*": "?*"}, fields{"example.com/*": "ann"})
		case 4:
			resources["operations"] = draw(d, []any{"CREATE"}, []any{"UPDATE", "DELETE"})
		case 5:
			resources["namespaceSelector"] = draw(d, fields{"matchLabels": fields{"team": "a"}}, fields{"matchLabels": fields{"team": "*"}},
				fields{"matchExpressions": []any{fields{"key": "team", "operator": "DoesNotExist"}}})
		}
	}
}

// drawConditions draws preconditions, or the conditions of a denial.
func drawConditions(d *dice) fields {
	switch d.roll(3) {
	case 1:
		return fields{"all": some(d, 1, 3, drawCondition)}
	case 2:
		return fields{"any": some(d, 1, 2, drawCondition), "all": some(d, 1, 2, drawCondition)}
	}
	return fields{"any": some(d, 1, 3, drawCondition)}
}

func drawCondition(d *dice) any {
	key := draw[any](d,
		"{{ request.object.metadata.name }}", "{{ request.object.metadata.labels.app || '' }}", "{{ request.object.spec.containers[].image }}",
		"{{ length(request.object.spec.containers) }}", "{{ request.object.spec.containers[*].resources.limits.memory | [0] || '0' }}", "{{ request.operation }}",
		"{{ v }}", "{{ request.namespace }}-{{ v }}", "web", 2, []any{"web", "db"}, "{{ request.object.spec.containers[].securityContext.capabilities.drop[] || `[]` }}",
		"{{ request.object.metadata.labels.tier }}", "{{ request.object.spec.hostNetwork || `false` }}", "{{ to_upper(request.object.metadata.namespace) }}",
		"{{ request.object.metadata.labels.\"app\" == 'web' && v }}", "1h", "{{ request.object.metadata.labels || `{}` | keys(@) }}",
		"{{ request.userInfo.username }}", "{{ request.object.spec.containers[?name=='c1'].image | [0] }}",
	)
	operator := draw(d, "Equals", "NotEquals", "AnyIn", "AllIn", "AnyNotIn", "AllNotIn", "GreaterThan", "LessThan", "GreaterThanOrEquals", "LessThanOrEquals",
		"In", "NotIn", "DurationGreaterThan", "DurationLessThanOrEquals")
	value := draw[any](d,
		"web*", []any{"web", "db*"}, 2, "512Mi", "CREATE", []any{"nginx", "nginx:*", "redis:latest"}, "{{ v }}", "1-3", true, []any{"ALL", "KILL"}, "", "30m",
		"{{ request.object.metadata.labels.app }}", []any{}, "shop-web", "!web", []any{1, 2}, "*", []any{"!x"}, 1.5,
	)
	return fields{"key": key, "operator": operator, "value": value}
}
