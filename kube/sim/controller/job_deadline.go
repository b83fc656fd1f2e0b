package controller

import (
	"context"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// overdue says whether a Job has been active longer than it may; if it may go on for a while, that is looked at again.
func (j *jobs) overdue(at object, job *batchv1.Job) bool {
	if job.Spec.ActiveDeadlineSeconds == nil {
		return false
	}
	end := job.Status.StartTime.Add(time.Duration(*job.Spec.ActiveDeadlineSeconds) * time.Second)
	if j.clock.Now().Before(end) {
		j.later(j.component, at, end)
		return false
	}
	return true
}

// fail ends a Job that took too long: its pods are stopped, and count as failed.
func (j *jobs) fail(ctx context.Context, job *batchv1.Job, c count) error {
	for _, pod := range c.active {
		if err := j.deletePod(ctx, jobGVR, job, pod); err != nil {
			return err
		}
	}
	const message = "Job was active longer than specified deadline"
	st, now := &job.Status, j.now()
	stopped := max(int32(len(c.active)), unaccounted(st, c))
	st.Active, st.Succeeded, st.Failed = 0, c.succeeded, c.failed+stopped
	st.Ready, st.Terminating, st.UncountedTerminatedPods = ptr.To[int32](0), ptr.To[int32](0), &batchv1.UncountedTerminatedPods{}
	for _, kind := range []batchv1.JobConditionType{batchv1.JobFailureTarget, batchv1.JobFailed} {
		st.Conditions = append(st.Conditions, batchv1.JobCondition{
			Type: kind, Status: corev1.ConditionTrue, LastProbeTime: now, LastTransitionTime: now,
			Reason: batchv1.JobReasonDeadlineExceeded, Message: message,
		})
	}
	stored, err := update(ctx, j.world, jobGVR, job, "status")
	if err != nil {
		return err
	}
	j.eventf(ctx, j.about(jobGVR, stored), corev1.EventTypeWarning, batchv1.JobReasonDeadlineExceeded, message)
	return nil
}

// unaccounted is how many pods were last said to be active of which no end is known: they are already deleted when a
// Job is failed again, after its status could not be written.
func unaccounted(st *batchv1.JobStatus, c count) int32 {
	return st.Active - max(0, c.succeeded-st.Succeeded) - max(0, c.failed-st.Failed)
}

// finishTime is when a Job ended, well or not; nil if it has not.
func finishTime(job *batchv1.Job) *metav1.Time {
	for i := range job.Status.Conditions {
		if c := &job.Status.Conditions[i]; c.Type == batchv1.JobFailed && c.Status == corev1.ConditionTrue {
			return &c.LastTransitionTime
		}
	}
	return job.Status.CompletionTime
}
