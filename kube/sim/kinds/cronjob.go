package kinds

import (
	"strings"
	"time"
	_ "time/tzdata" // a schedule's time zone must not depend on what the machine has installed

	"github.com/robfig/cron/v3"
	batchv1 "k8s.io/api/batch/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"podsec/kube/sim/api"
)

func cronJobKind() *api.Kind {
	return builtin[*batchv1.CronJob]{
		new: func() *batchv1.CronJob { return &batchv1.CronJob{} }, group: batchv1.SchemeGroupVersion,
		kind: "CronJob", plural: "cronjobs", short: []string{"cj"}, categories: inAll(), status: true, generation: true,
		defaults: defaultCronJob, validate: validateCronJob, columns: cronJobColumns(), row: cronJobRow,
	}.build()
}

// defaultCronJob leaves the defaults that only a Job of its own gets (completions and the like) to the Jobs it makes.
func defaultCronJob(c *batchv1.CronJob) {
	defaultPodSpec(&c.Spec.JobTemplate.Spec.Template.Spec)
	setEmpty(&c.Spec.ConcurrencyPolicy, batchv1.AllowConcurrent)
	setDefault(&c.Spec.Suspend, false)
	setDefault(&c.Spec.SuccessfulJobsHistoryLimit, 3)
	setDefault(&c.Spec.FailedJobsHistoryLimit, 1)
}

func validateCronJob(c *batchv1.CronJob) fieldErrors {
	at := field.NewPath("spec")
	var errs fieldErrors
	if len(c.Name) > 52 { // the Job's name adds eleven characters
		errs = append(errs, field.Invalid(field.NewPath("metadata").Child("name"), c.Name, "must be no more than 52 characters"))
	}
	if c.Spec.Schedule == "" {
		errs = append(errs, field.Required(at.Child("schedule"), ""))
	} else if strings.Contains(c.Spec.Schedule, "TZ") {
		errs = append(errs, field.Invalid(at.Child("schedule"), c.Spec.Schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"))
	} else if _, err := cron.ParseStandard(c.Spec.Schedule); err != nil {
		errs = append(errs, field.Invalid(at.Child("schedule"), c.Spec.Schedule, err.Error()))
	}
	if s := c.Spec.StartingDeadlineSeconds; s != nil {
		errs = append(errs, apivalidation.ValidateNonnegativeField(*s, at.Child("startingDeadlineSeconds"))...)
	}
	if zone := c.Spec.TimeZone; zone != nil {
		errs = append(errs, validateZone(*zone, at.Child("timeZone"))...)
	}
	errs = append(errs, oneOf(c.Spec.ConcurrencyPolicy, at.Child("concurrencyPolicy"),
		batchv1.AllowConcurrent, batchv1.ForbidConcurrent, batchv1.ReplaceConcurrent)...)
	errs = append(errs, validateJobSpec(&c.Spec.JobTemplate.Spec, at.Child("jobTemplate", "spec"))...)
	errs = append(errs, nonNegative(c.Spec.SuccessfulJobsHistoryLimit, at.Child("successfulJobsHistoryLimit"))...)
	return append(errs, nonNegative(c.Spec.FailedJobsHistoryLimit, at.Child("failedJobsHistoryLimit"))...)
}

func validateZone(zone string, at *field.Path) fieldErrors {
	switch _, err := time.LoadLocation(zone); {
	case zone == "":
		return fieldErrors{field.Invalid(at, zone, "timeZone must be nil or non-empty string")}
	case strings.EqualFold(zone, "Local"):
		return fieldErrors{field.Invalid(at, zone, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones")}
	case err != nil:
		return fieldErrors{field.Invalid(at, zone, "unknown time zone "+zone)}
	}
	return nil
}

func cronJobColumns() []metav1.TableColumnDefinition {
	doc := batchv1.CronJobSpec{}.SwaggerDoc()
	return columnsOf(append([]metav1.TableColumnDefinition{
		column("Schedule", doc["schedule"]), column("Timezone", doc["timeZone"]), {Name: "Suspend", Type: "boolean", Description: doc["suspend"]},
		number("Active", batchv1.CronJobStatus{}.SwaggerDoc()["active"]),
		column("Last Schedule", batchv1.CronJobStatus{}.SwaggerDoc()["lastScheduleTime"]),
	}, containerColumns(true)...)...)
}

func cronJobRow(c *batchv1.CronJob, now time.Time) []any {
	last := none
	if c.Status.LastScheduleTime != nil {
		last = duration.HumanDuration(now.Sub(c.Status.LastScheduleTime.Time))
	}
	suspend := "False"
	if ptr.Deref(c.Spec.Suspend, false) {
		suspend = "True"
	}
	spec := &c.Spec.JobTemplate.Spec.Template.Spec
	return []any{
		c.Name, c.Spec.Schedule, ptr.Deref(c.Spec.TimeZone, none), suspend, int64(len(c.Status.Active)), last, ageOf(c, now),
		containersText(spec), imagesText(spec), selectorText(c.Spec.JobTemplate.Spec.Selector),
	}
}
