package process_test

import "fmt"

// dice decides what is drawn by the bytes of a seed; when they are used up the first choice is taken.
type dice struct{ seed []byte }

// roll returns a number below n.
func (d *dice) roll(n int) int {
	if len(d.seed) == 0 {
		return 0
	}
	first := d.seed[0]
	d.seed = d.seed[1:]
	return int(first) % n
}

// draw takes one of some values.
func draw[T any](d *dice, values ...T) T { return values[d.roll(len(values))] }

// some draws up to n things.
func some(d *dice, least, n int, make func(d *dice) any) []any {
	list := []any{}
	for range least + d.roll(n-least+1) {
		list = append(list, make(d))
	}
	return list
}

type fields = map[string]any

// drawPod draws the metadata and the spec of a pod; the suffix keeps names apart.
func drawPod(d *dice, suffix string) (metadata, spec fields) {
	metadata = fields{"name": draw(d, "web", "db", "web-long-name") + suffix, "namespace": draw(d, "shop", "default", "dev")}
	labels := fields{}
	if app := draw(d, "", "web", "db"); app != "" {
		labels["app"] = app
	}
	if tier := draw(d, "none", "front", ""); tier != "none" {
		labels["tier"] = tier
	}
	if len(labels) > 0 {
		metadata["labels"] = labels
	}
	if note := draw(d, "", "a", "b c"); note != "" {
		metadata["annotations"] = fields{"note": note, "example.com/owner": "ann"}
	}
	number := 0
	spec = fields{"containers": some(d, 1, 3, func(d *dice) any {
		number++
		return drawContainer(d, fmt.Sprintf("c%d", number))
	})}
	if choice := d.roll(4); choice > 1 {
		spec["hostNetwork"] = choice == 2
	}
	switch d.roll(4) {
	case 1:
		spec["volumes"] = []any{fields{"name": "v", "hostPath": fields{"path": "/var"}}}
	case 2:
		spec["volumes"] = []any{fields{"name": "v", "emptyDir": fields{}}, fields{"name": "w", "configMap": fields{"name": "c"}}}
	}
	if d.roll(3) == 1 {
		spec["securityContext"] = fields{"runAsNonRoot": d.roll(2) == 0, "seccompProfile": fields{"type": draw(d, "RuntimeDefault", "Unconfined")}}
	}
	return metadata, spec
}

func drawContainer(d *dice, name string) fields {
	c := fields{"name": name, "image": draw(d, "nginx", "nginx:1.27", "registry.example.com/shop/web:v2", "redis:latest", "ghcr.io/a/b@sha256:"+
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")}
	if d.roll(2) == 1 {
		context := fields{}
		if choice := d.roll(3); choice > 0 {
			context["privileged"] = choice == 1
		}
		if choice := d.roll(3); choice > 0 {
			context["allowPrivilegeEscalation"] = choice == 1
		}
		if choice := d.roll(3); choice > 0 {
			context["capabilities"] = draw(d, fields{"drop": []any{"ALL"}}, fields{"add": []any{"NET_ADMIN"}, "drop": []any{"all"}}, fields{"drop": []any{"KILL", "ALL"}})
		}
		if d.roll(4) == 1 {
			context["runAsUser"] = draw(d, 0, 1000)
		}
		c["securityContext"] = context
	}
	if d.roll(2) == 1 {
		c["resources"] = fields{"limits": fields{"memory": draw(d, "64Mi", "1Gi", "1500M"), "cpu": draw(d, "100m", "2")}}
	}
	if d.roll(3) == 1 {
		c["ports"] = []any{fields{"containerPort": draw(d, 80, 8080)}}
	}
	return c
}

// owners makes the same pod three times: bare, and as the template of a Deployment and of a CronJob that bear its name.
func owners(metadata, spec fields) []fields {
	template := fields{"metadata": metadata, "spec": spec}
	return []fields{
		{"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec},
		{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": fields{"template": template}},
		{"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": fields{
			"schedule": "@daily", "jobTemplate": fields{"spec": fields{"template": template}},
		}},
	}
}
