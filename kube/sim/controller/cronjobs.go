package controller

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/robfig/cron/v3"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/ptr"
)

var cronJobGVR = batchv1.SchemeGroupVersion.WithResource("cronjobs")

// scheduledAt is the annotation on a Job with the time it was for.
const scheduledAt = "batch.kubernetes.io/cronjob-scheduled-timestamp"

// cronJobs starts Jobs at the times of a schedule, by the injected clock.
type cronJobs struct{ *world }

func (c *cronJobs) observe(ch change) []object {
	switch {
	case ch.gvr == cronJobGVR && ch.kind == watch.Deleted:
		c.events.forget(ch.obj.GetUID())
	case ch.gvr == cronJobGVR:
		return []object{{namespace: ch.obj.GetNamespace(), name: ch.obj.GetName()}}
	case ch.gvr == jobGVR:
		return ownerOf(ch, "batch/v1", "CronJob")
	}
	return nil
}

func (c *cronJobs) reconcile(ctx context.Context, at object) error {
	cj, err := get[batchv1.CronJob](ctx, c.world, cronJobGVR, at.namespace, at.name)
	if err != nil || cj == nil || cj.DeletionTimestamp != nil {
		return err
	}
	before := cj.Status.DeepCopy()
	mine, err := c.jobs(ctx, cj)
	if err != nil {
		return err
	}
	c.finish(ctx, cj, mine)
	if !ptr.Deref(cj.Spec.Suspend, false) {
		if err := c.run(ctx, at, cj, mine); err != nil {
			return err
		}
	}
	if err := c.clean(ctx, cj, mine); err != nil {
		return err
	}
	if equal(*before, cj.Status) {
		return nil
	}
	return c.save(ctx, cronJobGVR, cj, "status")
}

func (c *cronJobs) jobs(ctx context.Context, cj *batchv1.CronJob) ([]*batchv1.Job, error) {
	return controlled[batchv1.Job](ctx, c.world, jobGVR, cj)
}

// finish strikes from the list of active Jobs those that have ended.
func (c *cronJobs) finish(ctx context.Context, cj *batchv1.CronJob, mine []*batchv1.Job) {
	found := map[string]*batchv1.Job{}
	for _, job := range mine {
		found[job.Name] = job
	}
	var still []corev1.ObjectReference
	for _, ref := range cj.Status.Active {
		job := found[ref.Name]
		switch {
		case job == nil:
			c.eventf(ctx, c.about(cronJobGVR, cj), corev1.EventTypeNormal, "MissingJob", "Active job went missing: %v", ref.Name)
		case finished(job):
			c.eventf(ctx, c.about(cronJobGVR, cj), corev1.EventTypeNormal, "SawCompletedJob", "Saw completed job: %s, condition: %v", job.Name, outcome(job))
		default:
			still = append(still, ref)
		}
	}
	c.others(ctx, cj, mine)
	cj.Status.Active = still
}

// others takes note of Jobs that belong to a CronJob though it did not start them: kubectl create job --from.
func (c *cronJobs) others(ctx context.Context, cj *batchv1.CronJob, mine []*batchv1.Job) {
	started := map[types.UID]bool{}
	for _, ref := range cj.Status.Active {
		started[ref.UID] = true
	}
	for _, job := range mine {
		switch end := job.Status.CompletionTime; {
		case !finished(job) && !started[job.UID]:
			c.eventf(ctx, c.about(cronJobGVR, cj), corev1.EventTypeWarning, "UnexpectedJob", "Saw a job that the controller did not create or forgot: %s", job.Name)
		case end != nil && (cj.Status.LastSuccessfulTime == nil || cj.Status.LastSuccessfulTime.Before(end)):
			cj.Status.LastSuccessfulTime = end
		}
	}
}

// run starts the Job for the latest time that has passed, and looks again at the next.
func (c *cronJobs) run(ctx context.Context, at object, cj *batchv1.CronJob, mine []*batchv1.Job) error {
	schedule, err := cron.ParseStandard(zoned(cj))
	if err != nil {
		c.eventf(ctx, c.about(cronJobGVR, cj), corev1.EventTypeWarning, "UnparseableSchedule", "unparseable schedule: %v : %v", cj.Spec.Schedule, err)
		return nil
	}
	now := c.clock.Now()
	from := cj.CreationTimestamp.Time
	if cj.Status.LastScheduleTime != nil {
		from = cj.Status.LastScheduleTime.Time
	}
	due := latest(schedule, from, now)
	if next := schedule.Next(now); !next.IsZero() { // the 30th of February never comes
		c.later(c.component, at, next)
	}
	if due.IsZero() || tooLate(cj, due, now) {
		return nil
	}
	if len(cj.Status.Active) > 0 {
		switch cj.Spec.ConcurrencyPolicy {
		case batchv1.ForbidConcurrent:
			c.eventf(ctx, c.about(cronJobGVR, cj), corev1.EventTypeNormal, "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid")
			return nil
		case batchv1.ReplaceConcurrent:
			if err := c.replace(ctx, cj, mine); err != nil {
				return err
			}
		}
	}
	return c.start(ctx, cj, due)
}

// zoned puts the time zone in front of the schedule, in the form that the cron library reads.
func zoned(cj *batchv1.CronJob) string {
	if cj.Spec.TimeZone == nil {
		return cj.Spec.Schedule
	}
	return fmt.Sprintf("TZ=%s %s", *cj.Spec.TimeZone, cj.Spec.Schedule)
}

// latest is the last time of the schedule after from and not after now, or zero. A schedule that was missed very often
// is not walked through to the end: like kube-controller-manager it counts a hundred and then starts near now.
func latest(schedule cron.Schedule, from, now time.Time) time.Time {
	var last time.Time
	for n := 0; ; n++ {
		next := schedule.Next(from)
		if next.IsZero() || next.After(now) {
			return last
		}
		last, from = next, next
		if n == 100 {
			if step := schedule.Next(next).Sub(next); step > 0 {
				from = next.Add(now.Sub(next).Truncate(step) - step)
			}
		}
	}
}

func tooLate(cj *batchv1.CronJob, due, now time.Time) bool {
	limit := cj.Spec.StartingDeadlineSeconds
	return limit != nil && now.Sub(due) > time.Duration(*limit)*time.Second
}

func (c *cronJobs) replace(ctx context.Context, cj *batchv1.CronJob, mine []*batchv1.Job) error {
	for _, job := range mine {
		if finished(job) {
			continue
		}
		if err := c.delete(ctx, cj, job); err != nil {
			return err
		}
	}
	cj.Status.Active = nil
	return nil
}

func (c *cronJobs) delete(ctx context.Context, cj *batchv1.CronJob, job *batchv1.Job) error {
	if err := c.remove(ctx, jobGVR, job, deleteWith(metav1.DeletePropagationBackground)); err != nil {
		return err
	}
	c.eventf(ctx, c.about(cronJobGVR, cj), corev1.EventTypeNormal, "SuccessfulDelete", "Deleted job %v", job.Name)
	return nil
}

// start creates the Job of a time; its name holds the time, so that it is started once.
func (c *cronJobs) start(ctx context.Context, cj *batchv1.CronJob, due time.Time) error {
	t := cj.Spec.JobTemplate.DeepCopy()
	job := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{
		Name: fmt.Sprintf("%s-%d", cj.Name, due.Unix()/60), Namespace: cj.Namespace, Labels: t.Labels, Annotations: t.Annotations,
		OwnerReferences: []metav1.OwnerReference{controllerRef("CronJob", "batch/v1", cj)},
	}, Spec: t.Spec}
	if job.Annotations == nil {
		job.Annotations = map[string]string{}
	}
	job.Annotations[scheduledAt] = due.UTC().Format(time.RFC3339)
	made, err := create(ctx, c.world, jobGVR, job)
	switch {
	case apierrors.IsAlreadyExists(err):
		return nil
	case err != nil:
		c.eventf(ctx, c.about(cronJobGVR, cj), corev1.EventTypeWarning, "FailedCreate", "Error creating job: %v", err)
		return nil // the next time comes by itself
	}
	c.eventf(ctx, c.about(cronJobGVR, cj), corev1.EventTypeNormal, "SuccessfulCreate", "Created job %v", made.Name)
	cj.Status.Active = append(cj.Status.Active, c.about(jobGVR, made))
	cj.Status.LastScheduleTime = &metav1.Time{Time: due}
	return nil
}

// clean deletes finished Jobs beyond the history limits, the oldest first.
func (c *cronJobs) clean(ctx context.Context, cj *batchv1.CronJob, mine []*batchv1.Job) error {
	var done, failed []*batchv1.Job
	for _, job := range mine {
		switch outcome(job) {
		case batchv1.JobComplete:
			done = append(done, job)
		case batchv1.JobFailed:
			failed = append(failed, job)
		}
	}
	for _, group := range []struct {
		jobs  []*batchv1.Job
		limit *int32
	}{{done, cj.Spec.SuccessfulJobsHistoryLimit}, {failed, cj.Spec.FailedJobsHistoryLimit}} {
		if group.limit == nil {
			continue
		}
		sort.SliceStable(group.jobs, func(i, j int) bool { return group.jobs[i].Status.StartTime.Before(group.jobs[j].Status.StartTime) })
		for i := 0; i < len(group.jobs)-int(*group.limit); i++ {
			if err := c.delete(ctx, cj, group.jobs[i]); err != nil {
				return err
			}
		}
	}
	return nil
}
