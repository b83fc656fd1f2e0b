package policycheck_test

import "testing"

func TestValidate(t *testing.T) {
	const path = "path: spec.rules[0].validate."
	const labelsError = `labels and annotations supports only string values, "use double quotes around the non string values"`
	run(t, []verdictCase{
		{name: "nothing", spec: rule("validate: {message: m}"), err: path + ".: one of pattern, anyPattern, deny, foreach, cel must be specified"},
		{name: "two ways", spec: rule("validate: {pattern: {a: b}, deny: {}}"), err: path + ".: only one of pattern, anyPattern, deny, foreach, cel can be specified"},
		{name: "an anchor of mutation", spec: rule("validate: {pattern: {spec: {+(a): b}}}"), err: path + "pattern.//spec/+(a).: unsupported anchor +(a)"},
		{name: "an anchor in a list", spec: rule("validate: {pattern: {spec: {a: [{+(b): c}]}}}"), err: path + "pattern.//spec/a0//+(b).: unsupported anchor +(b)"},
		{name: "an existence anchor on a value", spec: rule("validate: {pattern: {spec: {^(a): b}}}"), err: path + "pattern.//spec/^(a).: existence anchor should have value of type list"},
		{name: "an existence anchor on an empty list", spec: rule("validate: {pattern: {spec: {^(a): []}}}"), err: path + "pattern.//spec/^(a).: existence anchor: should have at least one value"},
		{name: "other anchors", spec: rule("validate: {pattern: {spec: {(a): 1, =(b): 2, X(c): null, <(d): 3, ^(e): [{f: g}]}}}")},
		{name: "an anchor in anyPattern", spec: rule("validate: {anyPattern: [{a: b}, {+(a): b}]}"), err: path + "anyPattern[1].//+(a).: unsupported anchor +(a)"},
		{name: "anyPattern that is no list", spec: "rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap]}}]}, validate: {anyPattern: {a: b}}}]", err: path + "anyPattern.: failed to deserialize anyPattern, expect array: json: cannot unmarshal object into Go value of type []interface {}"},
		{name: "a loop without list", spec: rule("validate: {foreach: [{pattern: {a: b}}]}"), err: path + ".: foreach.list is required"},
		{name: "a loop without body", spec: rule("validate: {foreach: [{list: request.object.spec.containers}]}"), err: path + ".: one of pattern, anyPattern, deny, or a nested foreach must be specified"},
		{name: "a loop with two bodies", spec: rule("validate: {foreach: [{list: a, pattern: {a: b}, deny: {}}]}"), err: path + ".: only one of pattern, anyPattern, deny, or a nested foreach can be specified"},
		{name: "labels that are no strings", spec: rule("validate: {pattern: {metadata: {labels: {a: 1}}}}"), err: labelsError},
		{name: "labels of a template that are no strings", spec: "rules: [{name: r, match: {any: [{resources: {kinds: [Deployment]}}]}, validate: {anyPattern: [{spec: {template: {metadata: {annotations: {a: true}}}}}]}}]", err: labelsError},
		{name: "CEL preconditions", spec: rule("celPreconditions: [{name: a, expression: 'true'}], validate: {pattern: {a: b}}"), err: path + ".: celPrecondition can only be used with validate.cel"},
		{name: "CEL without expression", spec: rule("validate: {cel: {expressions: [{message: m}]}}"), err: path + ".: cel.expressions.expression is required"},
		{name: "CEL with half a parameter", spec: rule("validate: {cel: {expressions: [{expression: 'true'}], paramKind: {apiVersion: v1, kind: ConfigMap}}}"), err: path + ".: cel.paramRef is required"},
		{name: "CEL with a reference to nothing", spec: rule("validate: {cel: {expressions: [{expression: 'true'}], paramRef: {namespace: x}}}"), err: path + ".: one of cel.paramRef.name or cel.paramRef.selector must be set"},
		{name: "CEL with half an annotation", spec: rule("validate: {cel: {expressions: [{expression: 'true'}], auditAnnotations: [{key: k}]}}"), err: path + ".: cel.auditAnnotation.valueExpression is required"},
	})
}

func TestMutate(t *testing.T) {
	patch := func(text string) string { return rule("mutate: {patchesJson6902: '" + text + "'}") }
	const at = "path must begin with a forward slash: spec.rules[0]: "
	run(t, []verdictCase{
		{name: "a JSON patch", spec: patch(`[{"op":"add","path":"/metadata/labels/a","value":"b"}]`)},
		{name: "a patch in YAML with a variable", spec: patch(`[{op: add, path: /metadata/labels/a, value: "{{ request.object.metadata.name }}"}]`)},
		{name: "a path without slash", spec: patch(`[{op: add, path: metadata, value: b}]`), err: at + "metadata"},
		{name: "an unknown operation", spec: patch(`[{op: put, path: /a, value: b}]`), err: at + `invalid operation {"op":"put","path":"/a","value":"b"}: unsupported operation`},
		{name: "no patch at all", spec: patch(`words`), err: at + "json: cannot unmarshal string into Go value of type jsonpatch.Patch"},
		{name: "a variable in a path", spec: patch(`[{op: remove, path: "/{{ request.object.metadata.name }}"}]`), err: `policy contains invalid variables: rule "r" should not have variables in patchesJSON6902 path section`},
		{name: "two ways", spec: rule("mutate: {patchStrategicMerge: {a: b}, patchesJson6902: '[]'}"), err: "path: spec.rules[0].mutate.foreach.: only one of `patchStrategicMerge` or `patchesJson6902` is allowed"},
		{name: "a loop and a patch", spec: rule("mutate: {patchStrategicMerge: {a: b}, foreach: [{list: a}]}"), err: "path: spec.rules[0].mutate.foreach.: only one of `foreach`, `patchStrategicMerge`, or `patchesJson6902` is allowed"},
		{name: "a loop without patch", spec: rule("mutate: {foreach: [{list: a}]}"), err: "path: spec.rules[0].mutate.foreach[0].: only one of `patchStrategicMerge` or `patchesJson6902` is allowed"},
		{name: "a loop in a loop with more", spec: rule("mutate: {foreach: [{list: a, patchStrategicMerge: {a: b}, foreach: [{list: b}]}]}"), err: "path: spec.rules[0].mutate.foreach[0].: a nested foreach cannot contain other declarations"},
		{name: "labels that are no strings", spec: rule("mutate: {patchStrategicMerge: {metadata: {labels: {a: 1}}}}"), err: `labels and annotations supports only string values, "use double quotes around the non string values"`},
		{name: "a target elsewhere", kind: "Policy", spec: rule("mutate: {targets: [{apiVersion: v1, kind: ConfigMap, namespace: other}], patchStrategicMerge: {a: b}}"), err: `spec.rules[0].targets[0].namespace: Invalid value: "other": This field can be ignored or should have value of the namespace where the policy is being created`},
		{name: "a target", spec: matchWith("roles: []", `mutate: {targets: [{apiVersion: v1, kind: ConfigMap, name: "{{ request.object.metadata.name }}"}], patchStrategicMerge: {data: {a: "{{ target.data.b }}"}}}`)},
		{
			name: "a target by the target's name", spec: rule(`mutate: {targets: [{kind: ConfigMap, name: "{{ target.metadata.name }}"}], patchStrategicMerge: {a: b}}`),
			err: `policy contains invalid variables: invalid variables defined at mutate.targets[0]: variable target.metadata.name must match regex "request\.|element|elementIndex|@|images|images\.|image\.|([a-z_0-9]+\()[^{}]" or patterns []`,
		},
		{
			name: "a user on policy update", spec: "{background: false, mutateExistingOnPolicyUpdate: true, " + matchWith("subjects: [{kind: User, name: bob}]", `mutate: {targets: [{apiVersion: v1, kind: ConfigMap, name: a}], patchStrategicMerge: {a: "{{ request.object.kind }}"}}`) + "}",
			err: "only select variables are allowed in on policy update. Set spec.mutateExistingOnPolicyUpdate=false to disable update policy mode for this policy rule: invalid variable used at path: spec/rules[0]/match/any[0]/subjects ",
		},
	})
}

func matchWith(filter, action string) string {
	return "rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap]}, " + filter + "}]}, " + action + "}]"
}

func TestGenerate(t *testing.T) {
	generate := func(fields string) string {
		return "rules: [{name: r, match: {any: [{resources: {kinds: [Namespace]}}]}, generate: {" + fields + "}}]"
	}
	inNamespace := func(fields string) string {
		return "rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap]}}]}, generate: {" + fields + "}}]"
	}
	run(t, []verdictCase{
		{name: "data", spec: generate("apiVersion: v1, kind: ConfigMap, name: a, namespace: b, data: {data: {c: d}}")},
		{name: "two sources", spec: generate("apiVersion: v1, kind: ConfigMap, name: a, namespace: b, data: {a: b}, clone: {name: c}"), err: "spec.rules[0]: Forbidden: only one of generate patterns(data, clone, cloneList and foreach) can be specified"},
		{name: "no namespace", spec: generate("apiVersion: v1, kind: ConfigMap, name: a, data: {a: b}"), err: "spec.rules[0].namespace: Forbidden: target namespace must be set for a namespaced resource"},
		{name: "a namespace too many", spec: generate("apiVersion: v1, kind: Namespace, name: a, namespace: b, data: {a: b}"), err: "spec.rules[0].namespace: Forbidden: target namespace must not be set for a cluster-wide resource"},
		{name: "no name", spec: generate("apiVersion: v1, kind: ConfigMap, namespace: b, data: {a: b}"), err: "spec.rules[0].name: Forbidden: name can not be empty"},
		{name: "an anchor", spec: generate("apiVersion: v1, kind: ConfigMap, name: a, namespace: b, data: {(a): b}"), err: "path: spec.rules[0].generate.data.//(a).: anchors not supported on generate resources: unsupported anchor (a)"},
		{name: "a list of clones", spec: generate("namespace: a, cloneList: {namespace: b, kinds: [v1/Secret, v1/ConfigMap]}")},
		{name: "clones of two scopes", spec: generate("namespace: a, cloneList: {namespace: b, kinds: [v1/Secret, v1/Namespace]}"), err: "spec.rules[0].cloneList.kinds: Forbidden: mixed scope of target resources is forbidden"},
		{name: "clones from nowhere", spec: generate("namespace: a, cloneList: {kinds: [v1/Secret]}"), err: "spec.rules[0].cloneList.namespace: Forbidden: namespace is required for namespaced target resources"},
		{name: "a loop", spec: generate("foreach: [{list: a, apiVersion: v1, kind: ConfigMap, name: a, data: {a: b}}]"), err: "spec.rules[0].foreach[0].namespace: Forbidden: target namespace must be set for a namespaced resource"},
		{name: "a policy's own namespace", kind: "Policy", spec: inNamespace("apiVersion: v1, kind: ConfigMap, name: a, namespace: team, data: {data: {c: d}}")},
		{
			name: "another namespace than the policy's", kind: "Policy", spec: inNamespace("apiVersion: v1, kind: ConfigMap, name: a, namespace: b, data: {data: {c: d}}"),
			err: "spec.rules[0].namespace: Forbidden: target resource scope mismatched: a namespaced policy cannot generate resources in other namespaces, expected: team, received: b ",
		},
		{
			name: "a clone from another namespace than the policy's", kind: "Policy", spec: inNamespace("apiVersion: v1, kind: ConfigMap, name: a, namespace: team, clone: {name: c, namespace: b}"),
			err: "spec.rules[0].namespace: Forbidden: target resource scope mismatched: a namespaced policy cannot clone resources from other namespaces, expected: team, received: b ",
		},
		{
			name: "a variable in what is cloned", spec: generate(`apiVersion: v1, kind: ConfigMap, name: a, namespace: b, clone: {namespace: c, name: "{{ request.object.metadata.name }}"}`),
			warnings: []string{"variables in spec.rules[0].clone/cloneList would lead to incorrect synchronization behavior"},
		},
	})
}

func TestVerifyImages(t *testing.T) {
	images := func(fields string) string {
		return rule("verifyImages: [{failureAction: Enforce, mutateDigest: true, verifyDigest: true, required: true, useCache: true, " + fields + "}]")
	}
	const at = "spec.rules[0].verifyImages[0]"
	const key = "attestors: [{entries: [{keys: {publicKeys: k}}]}]"
	run(t, []verdictCase{
		{name: "a key", spec: images("imageReferences: ['*'], " + key)},
		{name: "the older form", spec: images("image: '*', key: k")},
		{
			name: "Audit", spec: rule("verifyImages: [{failureAction: Audit, mutateDigest: true, imageReferences: ['*'], " + key + "}]"),
			err: at + ".mutateDigest: Invalid value: true: mutateDigest must be set to false for ‘Audit’ failure action",
		},
		{
			name: "Audit by default", spec: rule("verifyImages: [{mutateDigest: true, imageReferences: ['*'], " + key + "}]"),
			err: at + ".mutateDigest: Invalid value: true: mutateDigest must be set to false for ‘Audit’ failure action",
		},
		{
			name: "no images", spec: images(key),
			err: at + `: Invalid value: {"failureAction":"Enforce","attestors":[{"entries":[{"keys":{"publicKeys":"k"}}]}],"mutateDigest":true,"verifyDigest":true,"validate":{},"required":true,"useCache":true}: An image reference is required`,
		},
		{name: "no entries", spec: images("imageReferences: ['*'], attestors: [{}]"), err: at + ".attestors[0]: Invalid value: {}: An entry is required"},
		{name: "too many to find", spec: images("imageReferences: ['*'], attestors: [{count: 2, entries: [{keys: {kms: k}}]}]"), err: at + `.attestors[0]: Invalid value: {"count":2,"entries":[{"keys":{"kms":"k"}}]}: Count cannot exceed length of entries`},
		{name: "no key", spec: images("imageReferences: ['*'], attestors: [{entries: [{keys: {}}]}]"), err: at + ".attestors[0].entries[0].keys: Invalid value: {}: A public key, kms key or secret is required"},
		{name: "an unknown hash", spec: images("imageReferences: ['*'], attestors: [{entries: [{keys: {publicKeys: k, signatureAlgorithm: md5}}]}]"), err: at + `.attestors[0].entries[0].keys: Invalid value: {"publicKeys":"k","signatureAlgorithm":"md5"}: Invalid signature algorithm provided`},
		{name: "two kinds of attestor", spec: images("imageReferences: ['*'], attestors: [{entries: [{keys: {kms: k}, certificates: {cert: c}}]}]"), err: at + `.attestors[0].entries[0]: Invalid value: {"keys":{"kms":"k"},"certificates":{"cert":"c"}}: keys, certificates, keyless, or a nested attestor is required`},
		{name: "an empty certificate", spec: images("imageReferences: ['*'], attestors: [{entries: [{certificates: {}}]}]"), err: at + ".attestors[0].entries[0].certificates: Invalid value: {}: cert or certChain required"},
		{name: "keyless without log", spec: images("imageReferences: ['*'], attestors: [{entries: [{keyless: {issuer: i}}]}]"), err: at + `.attestors[0].entries[0].keyless: Invalid value: {"issuer":"i"}: Either Rekor URL or roots are required`},
		{name: "a nested attestor", spec: images("imageReferences: ['*'], attestors: [{entries: [{attestor: {entries: []}}]}]"), err: at + ".attestors[0].entries[0].attestor: Invalid value: {}: An entry is required"},
		{name: "notary with a key", spec: rule("verifyImages: [{failureAction: Enforce, type: Notary, imageReferences: [a], attestors: [{entries: [{keys: {kms: k}}]}]}]"), err: at + `.attestors: Invalid value: {"failureAction":"Enforce","type":"Notary","imageReferences":["a"],"attestors":[{"entries":[{"keys":{"kms":"k"}}]}],"mutateDigest":false,"verifyDigest":false,"validate":{},"required":false,"useCache":false}: Keys field is not allowed for type notary`},
		{name: "a variable in an image", spec: images(`imageReferences: ["{{ request.object.a }}"], ` + key), err: `policy contains invalid variables: rule "r" should not have variables in image reference section`},
		{
			name: "an old predicate", spec: images("imageReferences: ['*'], attestations: [{predicateType: p, attestors: [{entries: [{keys: {kms: k}}]}], conditions: [{all: [{key: '{{ anything }}', operator: NotIn, value: [b]}]}]}]"),
			warnings: []string{
				"predicateType has been deprecated use 'type: p' instead of 'predicateType: p'",
				`Operator NotIn has been deprecated and will be removed soon. Use these instead: ["AllNotIn" "AnyNotIn"]`,
			},
		},
		{
			name: "a digest after JMESPath", spec: rule("imageExtractors: {Pod: [{path: /a, jmesPath: b}]}, verifyImages: [{failureAction: Enforce, mutateDigest: true, imageReferences: ['*'], " + key + "}]"),
			err: "path: spec.rules[0]: jmespath may not be used in an image extractor when mutating digests with verify images",
		},
	})
}
