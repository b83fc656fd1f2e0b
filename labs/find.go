package labs

import (
	"fmt"
	"strconv"
	"strings"
)

// Find returns the lab that a learner names: by its ID ("02-pod-labels"), its number, or its ID without the number.
func Find(all []*Lab, name string) (*Lab, error) {
	number, err := strconv.Atoi(name)
	for _, lab := range all {
		_, slug, _ := strings.Cut(lab.ID, "-")
		if lab.ID == name || slug == name || err == nil && lab.Number == number {
			return lab, nil
		}
	}
	return nil, fmt.Errorf("find lab %q: there is none; see podsec labs", name)
}
