// Package fix searches for the smallest change to a resource that makes every rule pass, and proves it: a change is
// proposed only after the changed text was judged again under all policies.
//
// Values that only a person can know (which team, which image) are not invented: such a value is a placeholder that is
// named as one, or the rule is named as one for which no change is proposed.
package fix
