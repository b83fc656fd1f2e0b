package kinds

import (
	"fmt"
	"strconv"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"podsec/kube/sim/api"
)

// batchKinds are those of batch/v1.
func batchKinds() []*api.Kind { return []*api.Kind{cronJobKind(), jobKind()} }

// increment adds one to a decimal number in an annotation; what is no number counts as 0.
func increment(s string) string {
	n, _ := strconv.ParseInt(s, 10, 64) // 0 on error is what is wanted
	return strconv.FormatInt(n+1, 10)
}

func jobKind() *api.Kind {
	return builtin[*batchv1.Job]{
		new: func() *batchv1.Job { return &batchv1.Job{} }, group: batchv1.SchemeGroupVersion,
		kind: "Job", plural: "jobs", categories: inAll(), status: true, generation: true,
		defaults: defaultJob, create: createJob, validate: validateJob, validateUpdate: validateJobUpdate,
		warnings: func(o *batchv1.Job) []string { return templateWarnings(o.Name, &o.Spec.Template) },
		columns:  jobColumns(), row: jobRow,
	}.build()
}

func defaultJob(j *batchv1.Job) {
	defaultJobSpec(&j.Spec)
	if len(j.Labels) == 0 {
		j.Labels = j.Spec.Template.Labels
	}
}

func defaultJobSpec(s *batchv1.JobSpec) {
	defaultPodSpec(&s.Template.Spec)
	if s.Completions == nil && s.Parallelism == nil {
		setDefault(&s.Completions, 1)
	}
	setDefault(&s.Parallelism, 1)
	if s.BackoffLimit == nil {
		setDefault(&s.BackoffLimit, 6)
	}
	setDefault(&s.CompletionMode, batchv1.NonIndexedCompletion)
	setDefault(&s.Suspend, false)
	setDefault(&s.ManualSelector, false)
	policy := batchv1.TerminatingOrFailed
	if s.PodFailurePolicy != nil {
		policy = batchv1.Failed
	}
	setDefault(&s.PodReplacementPolicy, policy)
}

// createJob ties the pods to the job by its UID, in the current and in the older label names.
func createJob(j *batchv1.Job) {
	j.Status = batchv1.JobStatus{}
	if ptr.Deref(j.Spec.ManualSelector, false) {
		return
	}
	t := &j.Spec.Template
	set := map[string]string{}
	for k, v := range t.Labels {
		set[k] = v
	}
	uid := string(j.UID)
	for key, value := range map[string]string{
		batchv1.ControllerUidLabel: uid, "controller-uid": uid, batchv1.JobNameLabel: j.Name, "job-name": j.Name,
	} {
		if _, own := set[key]; !own { // another value is refused by the validation
			set[key] = value
		}
	}
	shared := len(j.Labels) > 0 && equal(j.Labels, t.Labels) // defaulting made them one map
	t.Labels = set
	if shared || len(j.Labels) == 0 {
		j.Labels = set
	}
	if j.Spec.Selector == nil {
		j.Spec.Selector = &metav1.LabelSelector{}
	}
	if j.Spec.Selector.MatchLabels == nil {
		j.Spec.Selector.MatchLabels = map[string]string{}
	}
	j.Spec.Selector.MatchLabels[batchv1.ControllerUidLabel] = uid
}

func validateJobUpdate(j, old *batchv1.Job) fieldErrors {
	at := field.NewPath("spec")
	errs := validateJobSpec(&j.Spec, at)
	errs = append(errs, immutable(j.Spec.Completions, old.Spec.Completions, at.Child("completions"))...)
	errs = append(errs, immutable(j.Spec.Selector, old.Spec.Selector, at.Child("selector"))...)
	if !ptr.Deref(old.Spec.Suspend, false) || old.Status.StartTime != nil {
		if !equal(j.Spec.Template, old.Spec.Template) {
			errs = append(errs, field.Invalid(at.Child("template"), internalOf(&j.Spec.Template), apivalidation.FieldImmutableErrorMsg))
		}
	} else if !equal(schedulable(j.Spec.Template.Spec), schedulable(old.Spec.Template.Spec)) {
		errs = append(errs, field.Invalid(at.Child("template", "spec"), internalForm(&j.Spec.Template.Spec), apivalidation.FieldImmutableErrorMsg))
	}
	return append(errs, immutable(j.Spec.CompletionMode, old.Spec.CompletionMode, at.Child("completionMode"))...)
}

// schedulable is a pod spec without what may change until a suspended job starts for the first time: where its pods
// may run, and on how much.
func schedulable(spec corev1.PodSpec) corev1.PodSpec {
	s := spec.DeepCopy()
	s.Affinity, s.NodeSelector, s.Tolerations, s.SchedulingGates = nil, nil, nil, nil
	for _, list := range [][]corev1.Container{s.InitContainers, s.Containers} {
		for i := range list {
			list[i].Resources = corev1.ResourceRequirements{}
		}
	}
	return *s
}

func jobColumns() []metav1.TableColumnDefinition {
	return columnsOf(append([]metav1.TableColumnDefinition{
		column("Status", "Status of the job."),
		column("Completions", batchv1.JobStatus{}.SwaggerDoc()["succeeded"]),
		column("Duration", "Time required to complete the job."),
	}, containerColumns(true)...)...)
}

func jobRow(j *batchv1.Job, now time.Time) []any {
	spec := &j.Spec.Template.Spec
	return []any{
		j.Name, jobStatus(j), completions(j), jobDuration(j, now), ageOf(j, now),
		containersText(spec), imagesText(spec), selectorText(j.Spec.Selector),
	}
}

func completions(j *batchv1.Job) string {
	if j.Spec.Completions != nil {
		return ratio(j.Status.Succeeded, *j.Spec.Completions)
	}
	if n := ptr.Deref(j.Spec.Parallelism, 0); n > 1 {
		return fmt.Sprintf("%d/1 of %d", j.Status.Succeeded, n)
	}
	return ratio(j.Status.Succeeded, 1)
}

func jobDuration(j *batchv1.Job, now time.Time) string {
	switch {
	case j.Status.StartTime == nil:
		return ""
	case j.Status.CompletionTime == nil:
		return duration.HumanDuration(now.Sub(j.Status.StartTime.Time))
	}
	return duration.HumanDuration(j.Status.CompletionTime.Sub(j.Status.StartTime.Time))
}

// jobStatus is the last word of the conditions, in the order in which they win over each other.
func jobStatus(j *batchv1.Job) string {
	is := func(kind batchv1.JobConditionType) bool {
		for _, c := range j.Status.Conditions {
			if c.Type == kind && c.Status == corev1.ConditionTrue {
				return true
			}
		}
		return false
	}
	switch {
	case is(batchv1.JobComplete):
		return "Complete"
	case is(batchv1.JobFailed):
		return "Failed"
	case j.DeletionTimestamp != nil:
		return "Terminating"
	case is(batchv1.JobSuspended):
		return "Suspended"
	case is(batchv1.JobFailureTarget):
		return "FailureTarget"
	case is(batchv1.JobSuccessCriteriaMet):
		return "SuccessCriteriaMet"
	}
	return "Running"
}
