package process_test

// drawValidation draws what a rule demands.
func drawValidation(d *dice) fields {
	out := fields{"message": draw(d, "no", "{{ request.object.metadata.name }} of {{ v }}", "{{ request.object.metadata.labels.tier }}")}
	switch d.roll(6) {
	case 0, 1:
		out["pattern"] = drawPattern(d)
	case 2:
		out["anyPattern"] = some(d, 1, 3, func(d *dice) any { return drawPattern(d) })
	case 3:
		out["deny"] = fields{"conditions": drawConditions(d)}
	case 4:
		out["foreach"] = some(d, 1, 2, drawForeach)
	case 5:
		out["podSecurity"] = drawStandard(d)
	}
	return out
}

func drawStandard(d *dice) fields {
	out := fields{"level": draw(d, "baseline", "restricted", "privileged"), "version": draw(d, "latest", "v1.24", "v1.19")}
	switch d.roll(4) {
	case 1:
		out["exclude"] = []any{fields{"controlName": draw(d, "Capabilities", "Privilege Escalation"), "images": draw(d, []any{"nginx*"}, []any{"*"})}}
	case 2:
		out["exclude"] = []any{fields{"controlName": draw(d, "Seccomp", "Running as Non-root", "Volume Types", "HostPath Volumes")}}
	}
	return out
}

func drawForeach(d *dice) any {
	out := fields{"list": draw(d, "request.object.spec.containers", "request.object.spec.containers[?name!='c1']", "request.object.spec.volumes || `[]`", "request.object.metadata.labels.none")}
	if d.roll(4) == 1 {
		out["preconditions"] = drawConditions(d)
	}
	switch d.roll(3) {
	case 0:
		out["pattern"] = drawContainerPattern(d)
	case 1:
		out["anyPattern"] = some(d, 1, 2, func(d *dice) any { return drawContainerPattern(d) })
	case 2:
		out["deny"] = fields{"conditions": fields{draw(d, "any", "all"): []any{fields{
			"key": draw(d, "{{ element.image }}", "{{ element.name }}", "{{ elementIndex }}", "{{ element.securityContext.privileged || `false` }}"), "operator": draw(d, "Equals", "NotEquals", "AnyIn", "GreaterThan"),
			"value": draw[any](d, "nginx*", "c1", true, 0, []any{"c2", "redis:latest"}),
		}}}}
	}
	return out
}

func drawPattern(d *dice) any {
	out := fields{}
	for range 1 + d.roll(2) {
		switch d.roll(5) {
		case 0, 1:
			spec := fields{draw(d, "containers", "=(containers)", "^(containers)", "(containers)"): []any{drawContainerPattern(d)}}
			if d.roll(3) == 1 {
				spec[draw(d, "=(hostNetwork)", "hostNetwork", "(hostNetwork)", "X(hostNetwork)", "<(hostNetwork)")] = draw[any](d, false, "false", true, "?*")
			}
			out["spec"] = spec
		case 2:
			out["spec"] = fields{draw(d, "=(volumes)", "volumes"): []any{draw(d, fields{"X(hostPath)": "null"}, fields{"=(hostPath)": fields{"path": "!/var*"}}, fields{"name": "v | w"})}}
		case 3:
			out["metadata"] = fields{draw(d, "labels", "=(labels)", "(labels)"): fields{draw(d, "app", "(app)", "=(tier)", "X(tier)", "a*", "<(app)"): draw[any](d, "?*", "web", "web | db", "!db", "*", nil)}}
		case 4:
			out["metadata"] = fields{"name": draw(d, "web*", "!db*", "??*"), "=(namespace)": draw(d, "!default", "shop | d*")}
		}
	}
	return out
}

func drawContainerPattern(d *dice) any {
	out := fields{}
	for range 1 + d.roll(2) {
		switch d.roll(6) {
		case 0, 1:
			out[draw(d, "image", "(image)", "=(image)", "<(image)")] = draw(d, "nginx*", "*:*", "!*:latest", "registry.example.com/* | ghcr.io/*", "{{ v }}*")
		case 2:
			out[draw(d, "securityContext", "=(securityContext)")] = fields{
				draw(d, "privileged", "=(privileged)", "X(privileged)", "(privileged)"): draw[any](d, false, "false", "!true"),
			}
		case 3:
			out[draw(d, "resources", "=(resources)")] = fields{"limits": fields{draw(d, "memory", "=(memory)", "(memory)"): draw(d, "<=1Gi", ">100Mi & <1200Mi", "64Mi-1Gi", "?*", "1Gi!-2Gi")}}
		case 4:
			out["name"] = draw(d, "c*", "c1", "?2 | c3", "!c1")
		case 5:
			out["=(ports)"] = []any{fields{"containerPort": draw[any](d, ">1024", 80, "1-100", "!8080")}}
		}
	}
	return out
}
