package policycheck

// stringLabels says whether the labels and annotations in the rule's patterns and patches are strings. Of a loop Kyverno
// looks at the first entry only.
func stringLabels(r *rule) bool {
	if r.hasValidate() {
		if !stringLabelsIn(r.Validate.overlays()) {
			return false
		}
	}
	if !r.hasMutate() {
		return true
	}
	if r.Mutate.ForEach == nil {
		return stringLabelsIn([]any{r.Mutate.PatchStrategicMerge})
	}
	for _, f := range r.Mutate.ForEach {
		if overlay, ok := f.PatchStrategicMerge.(map[string]any); ok {
			return stringLabelsIn([]any{overlay})
		}
	}
	return true
}

// overlays returns the patterns of the block that are looked at.
func (v *validation) overlays() []any {
	if v.ForEach != nil {
		for _, f := range v.ForEach {
			if pattern, ok := f.Pattern.(map[string]any); ok {
				return []any{pattern}
			}
		}
		return nil
	}
	if v.Pattern != nil {
		return []any{v.Pattern}
	}
	patterns, _ := anyPatterns(v.AnyPattern)
	return patterns
}

func stringLabelsIn(overlays []any) bool {
	for _, overlay := range overlays {
		fields, _ := overlay.(map[string]any)
		metadata, found := fields["metadata"].(map[string]any)
		if !found {
			spec, _ := fields["spec"].(map[string]any)
			template, _ := spec["template"].(map[string]any)
			metadata, _ = template["metadata"].(map[string]any)
		}
		if !allStrings(metadata["labels"]) || !allStrings(metadata["annotations"]) {
			return false
		}
	}
	return true
}

func allStrings(fields any) bool {
	values, _ := fields.(map[string]any)
	for _, value := range values {
		if _, ok := value.(string); !ok {
			return false
		}
	}
	return true
}
