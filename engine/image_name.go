package engine

// NormalizeImage writes an image reference in full, with registry and tag, as the JMESPath function image_normalize does.
func NormalizeImage(image string) (string, error) { return normalizeImage(image) }
