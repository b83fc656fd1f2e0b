package labs

import "testing"

func TestFind(t *testing.T) {
	all := []*Lab{{ID: "00-pss", Number: 0}, {ID: "02-pod-labels", Number: 2}}
	for name, want := range map[string]string{
		"02-pod-labels": "02-pod-labels", "2": "02-pod-labels", "02": "02-pod-labels", "pod-labels": "02-pod-labels",
		"0": "00-pss", "pss": "00-pss", "1": "", "pod": "", "": "", "labels": "",
	} {
		lab, err := Find(all, name)
		switch {
		case want == "" && err == nil:
			t.Errorf("Find(%q) = %s, want an error", name, lab.ID)
		case want != "" && (err != nil || lab.ID != want):
			t.Errorf("Find(%q) = %v, error %v, want %s", name, lab, err, want)
		}
	}
}
