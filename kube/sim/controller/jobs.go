package controller

import (
	"context"
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/ptr"
)

var jobGVR = batchv1.SchemeGroupVersion.WithResource("jobs")

// jobs runs pods until as many as wanted have ended well.
type jobs struct {
	*world
	attempts
}

func newJobs(w *world) *jobs { return &jobs{world: w, attempts: newAttempts()} }

func (j *jobs) observe(ch change) []object {
	switch {
	case ch.gvr == jobGVR && ch.kind == watch.Deleted:
		j.attempts.forget(ch.obj.GetUID())
		j.events.forget(ch.obj.GetUID())
		return nil
	case ch.gvr == jobGVR:
		return []object{{namespace: ch.obj.GetNamespace(), name: ch.obj.GetName()}}
	case ch.gvr == podsGVR:
		return ownerOf(ch, "batch/v1", "Job")
	}
	return j.unblocks(ch)
}

// count is how a Job's pods stand.
type count struct {
	active                   []*corev1.Pod
	ready, succeeded, failed int32
	terminating              int32
	lastEnd                  metav1.Time
	parallel, remaining      int32
}

func tally(job *batchv1.Job, pods []*corev1.Pod) count {
	c := count{parallel: ptr.Deref(job.Spec.Parallelism, 1)}
	for _, pod := range pods {
		switch {
		case pod.Status.Phase == corev1.PodSucceeded:
			c.succeeded++
		case pod.Status.Phase == corev1.PodFailed:
			c.failed++
		case pod.DeletionTimestamp != nil:
			c.terminating++
		default:
			c.active = append(c.active, pod)
			if _, ok := ready(pod); ok {
				c.ready++
			}
		}
	}
	c.remaining = c.left(job)
	return c
}

// left is how many pods have yet to succeed. One that does is enough for a Job that does not count them.
func (c *count) left(job *batchv1.Job) int32 {
	switch {
	case job.Spec.Completions != nil:
		return max(*job.Spec.Completions-c.succeeded, 0)
	case c.succeeded > 0:
		return 0
	}
	return max(c.parallel, 1)
}

// outcome is how a Job ended, Complete or Failed; "" while it has not.
func outcome(job *batchv1.Job) batchv1.JobConditionType {
	for _, c := range job.Status.Conditions {
		if (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) && c.Status == corev1.ConditionTrue {
			return c.Type
		}
	}
	return ""
}

func finished(job *batchv1.Job) bool { return outcome(job) != "" }

func (j *jobs) reconcile(ctx context.Context, at object) error {
	job, err := get[batchv1.Job](ctx, j.world, jobGVR, at.namespace, at.name)
	if err != nil || job == nil || job.DeletionTimestamp != nil {
		return err
	}
	if finished(job) {
		return j.expire(ctx, at, job)
	}
	pods, err := owned(ctx, j.world, job)
	if err != nil {
		return err
	}
	if ptr.Deref(job.Spec.Suspend, false) {
		return j.suspend(ctx, job, tally(job, pods))
	}
	before := job.Status.DeepCopy()
	if setSuspended(job, corev1.ConditionFalse, "JobResumed", "Job resumed", j.now()) {
		job.Status.StartTime = nil // a Job's deadline counts from when it went on
		j.eventf(ctx, j.about(jobGVR, job), corev1.EventTypeNormal, "Resumed", "Job resumed")
	}
	if job.Status.StartTime == nil {
		job.Status.StartTime = ptr.To(j.now())
	}
	c := tally(job, pods)
	if j.overdue(at, job) {
		return j.fail(ctx, job, c)
	}
	j.manage(ctx, at, job, c)
	if pods, err = owned(ctx, j.world, job); err != nil {
		return err
	}
	return j.report(ctx, job, before, tally(job, pods))
}

// manage creates the pods that should be running. A failure is in an event, and the next try is planned: there is
// nothing for the work list to repeat.
func (j *jobs) manage(ctx context.Context, at object, job *batchv1.Job, c count) {
	missing, now := int(min(c.parallel, c.remaining))-len(c.active), j.clock.Now()
	if may, _ := j.may(job, now); missing <= 0 || !may {
		return
	}
	next, err := j.try(job, at, now, missing, func() error {
		return j.createPod(ctx, jobGVR, job, fromTemplate(j.world, jobGVR, job, &job.Spec.Template))
	})
	if err != nil {
		j.later(j.component, at, next)
	}
}

// report writes the status if it changed, and says in an event that the Job is complete.
func (j *jobs) report(ctx context.Context, job *batchv1.Job, before *batchv1.JobStatus, c count) error {
	st := &job.Status
	st.Active, st.Succeeded, st.Failed = int32(len(c.active)), c.succeeded, c.failed
	st.Ready, st.Terminating = ptr.To(c.ready), ptr.To(c.terminating)
	st.UncountedTerminatedPods = &batchv1.UncountedTerminatedPods{}
	complete := c.remaining == 0 && len(c.active) == 0
	if complete {
		now := j.now()
		st.CompletionTime = &now
		for _, kind := range []batchv1.JobConditionType{batchv1.JobSuccessCriteriaMet, batchv1.JobComplete} {
			st.Conditions = append(st.Conditions, batchv1.JobCondition{
				Type: kind, Status: corev1.ConditionTrue, LastProbeTime: now, LastTransitionTime: now,
				Reason: batchv1.JobReasonCompletionsReached, Message: "Reached expected number of succeeded pods",
			})
		}
	}
	if equal(*before, *st) {
		return nil
	}
	stored, err := update(ctx, j.world, jobGVR, job, "status")
	if err != nil {
		return err
	}
	if complete {
		j.eventf(ctx, j.about(jobGVR, stored), corev1.EventTypeNormal, "Completed", "Job completed")
	}
	return nil
}

// suspend stops a Job's pods and says so.
func (j *jobs) suspend(ctx context.Context, job *batchv1.Job, c count) error {
	for _, pod := range c.active {
		if err := j.deletePod(ctx, jobGVR, job, pod); err != nil {
			return err
		}
	}
	if !setSuspended(job, corev1.ConditionTrue, "JobSuspended", "Job suspended", j.now()) {
		return nil
	}
	job.Status.Active, job.Status.Ready, job.Status.StartTime = 0, ptr.To[int32](0), nil
	job.Status.Terminating, job.Status.UncountedTerminatedPods = ptr.To[int32](0), &batchv1.UncountedTerminatedPods{}
	stored, err := update(ctx, j.world, jobGVR, job, "status")
	if err != nil {
		return err
	}
	j.eventf(ctx, j.about(jobGVR, stored), corev1.EventTypeNormal, "Suspended", "Job suspended")
	return nil
}

// setSuspended sets the condition Suspended and says whether that changed it; a Job that never was suspended has none.
func setSuspended(job *batchv1.Job, status corev1.ConditionStatus, reason, message string, now metav1.Time) bool {
	next := batchv1.JobCondition{
		Type: batchv1.JobSuspended, Status: status, LastProbeTime: now, LastTransitionTime: now, Reason: reason, Message: message,
	}
	for i, have := range job.Status.Conditions {
		if have.Type == batchv1.JobSuspended {
			job.Status.Conditions[i] = next
			if have.Status == status {
				job.Status.Conditions[i] = have
			}
			return have.Status != status
		}
	}
	if status == corev1.ConditionFalse {
		return false
	}
	job.Status.Conditions = append(job.Status.Conditions, next)
	return true
}

// expire deletes a finished Job when its time to live is over.
func (j *jobs) expire(ctx context.Context, at object, job *batchv1.Job) error {
	ended := finishTime(job)
	if job.Spec.TTLSecondsAfterFinished == nil || ended == nil {
		return nil
	}
	end := ended.Add(time.Duration(*job.Spec.TTLSecondsAfterFinished) * time.Second)
	if j.clock.Now().Before(end) {
		j.later(j.component, at, end)
		return nil
	}
	if err := j.remove(ctx, jobGVR, job, deleteWith(metav1.DeletePropagationForeground)); err != nil {
		return fmt.Errorf("delete expired job: %w", err)
	}
	return nil
}
