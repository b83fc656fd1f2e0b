package apply

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/celpolicy"
	"podsec/engine/cli/process"
)

// celPolicies compiles the policies that are written in CEL.
func (r *runner) celPolicies() (*process.CEL, error) {
	if !r.policies.HasCEL() || len(r.resources)+len(r.payloads) == 0 {
		return nil, nil
	}
	params, err := r.read(r.flags.parameters)
	if err != nil {
		return nil, err
	}
	world, err := r.celWorld()
	if err != nil {
		return nil, err
	}
	compiled, err := process.CompileCEL(process.CELSource{
		Policies: r.policies, Params: params, Exceptions: r.polex, World: world, Types: r.options.Types, Verifier: r.options.Verifier,
		Strict: r.cluster != nil,
	})
	if err != nil {
		first := append(slices.Clone(r.resources), r.payloads...)[0]
		return nil, fmt.Errorf("failed to apply policies on resource %s (%w)", r.nameOf(first), err)
	}
	return compiled, nil
}

// nameOf is what errors call a resource or payload.
func (r *runner) nameOf(resource *unstructured.Unstructured) string {
	if slices.Contains(r.payloads, resource) {
		return "JSON payload"
	}
	return resource.GetName()
}

// celWorld is what expressions find: the cluster, or what the context file says.
func (r *runner) celWorld() (celpolicy.Surroundings, error) {
	switch {
	case r.cluster != nil:
		return process.NewClusterWorld(r.ctx, r.cluster), nil
	case r.flags.context == "":
		return &celpolicy.World{}, nil
	}
	return process.ReadWorld(&r.options.Source, r.flags.context)
}

// loadPayloads reads JSON that is no resource: an object, or a list of them.
func (r *runner) loadPayloads() error {
	for _, name := range r.flags.payloads {
		content, err := r.options.Source.Payload(name)
		if err != nil {
			return fmt.Errorf("failed to load JSON payload (%w)", err)
		}
		list, ok := content.([]any)
		if !ok {
			list = []any{content}
		}
		for _, one := range list {
			object, ok := one.(map[string]any)
			if !ok {
				return fmt.Errorf("failed to load JSON payload (unexpected payload type %T in %s)", one, name)
			}
			r.payloads = append(r.payloads, &unstructured.Unstructured{Object: object})
		}
	}
	return nil
}

// judgePayloads applies the policies that judge any JSON.
func (r *runner) judgePayloads(processor *process.Processor, log *changeLog) error {
	for _, payload := range r.payloads {
		responses, err := processor.JudgePayload(r.ctx, payload.Object, "json")
		if err := r.take(answer{responses, r.parts(responses), err}, payload, log); err != nil {
			return err
		}
		if responses, err = processor.JudgePayloadImages(r.ctx, payload.Object); err != nil {
			if !r.flags.goOn {
				return err
			}
			fmt.Fprintln(r.out, err)
		}
		if err := r.take(answer{responses, r.parts(responses), nil}, payload, log); err != nil {
			return err
		}
	}
	return nil
}
