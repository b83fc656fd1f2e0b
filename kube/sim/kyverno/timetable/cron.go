package timetable

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// errEvery is a schedule that is accepted when its policy is written, and not understood when it is to be acted on: the two
// have different parsers.
var errEvery = errors.New("@every is no time of a calendar")

// Next is the first time of a schedule in cron's format after another time, in the time zone of that. A schedule that never
// comes has the zero time.
func Next(schedule string, after time.Time) (time.Time, error) {
	if strings.HasPrefix(schedule, "@every") {
		return time.Time{}, fmt.Errorf("parse schedule %q: %w", schedule, errEvery)
	}
	parsed, err := cron.ParseStandard(schedule)
	if err != nil {
		return time.Time{}, fmt.Errorf("parse schedule %q: %w", schedule, err)
	}
	return parsed.Next(after), nil
}
