package policycheck

import "errors"

// check requires the fields of validate.cel that belong together. The expressions are compiled when they are evaluated.
func (c *cel) check() error {
	if c == nil {
		return nil
	}
	for _, e := range c.Expressions {
		if e.Expression == "" {
			return errors.New("cel.expressions.expression is required")
		}
	}
	if err := c.checkParams(); err != nil {
		return err
	}
	for _, a := range c.AuditAnnotations {
		if a.Key == "" {
			return errors.New("cel.auditAnnotation.key is required")
		}
		if a.ValueExpression == "" {
			return errors.New("cel.auditAnnotation.valueExpression is required")
		}
	}
	return nil
}

func (c *cel) checkParams() error {
	if kind := c.ParamKind; kind != nil {
		switch {
		case kind.APIVersion == "":
			return errors.New("cel.paramKind.apiVersion is required")
		case kind.Kind == "":
			return errors.New("cel.paramKind.kind is required")
		case c.ParamRef == nil:
			return errors.New("cel.paramRef is required")
		}
	}
	if ref := c.ParamRef; ref != nil {
		switch {
		case (ref.Name == "") == (ref.Selector == nil):
			return errors.New("one of cel.paramRef.name or cel.paramRef.selector must be set")
		case ref.ParameterNotFoundAction == nil:
			return errors.New("cel.paramRef.parameterNotFoundAction is required")
		case c.ParamKind == nil:
			return errors.New("cel.paramKind is required")
		}
	}
	return nil
}
