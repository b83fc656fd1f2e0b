package jmespath

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// timeFunctions calculate with times in RFC 3339.
func timeFunctions(now func() time.Time) []function {
	current := func() (time.Time, error) {
		if now == nil {
			return time.Time{}, errors.New("there is no clock")
		}
		return now(), nil
	}
	return []function{
		{"time_now", "", func([]any) (any, error) {
			t, err := current()
			return t.Format(time.RFC3339), err
		}},
		{"time_now_utc", "", func([]any) (any, error) {
			t, err := current()
			return t.UTC().Format(time.RFC3339), err
		}},
		onTexts("time_since", 3, func(a []string) (any, error) { return timeSince(a[0], a[1], a[2], current) }),
		onTexts("time_parse", 2, func(a []string) (any, error) { return timeParse(a[0], a[1]) }),
		onTimes("time_to_cron", 1, func(t []time.Time) any {
			return fmt.Sprintf("%d %d %d %d %d", t[0].Minute(), t[0].Hour(), t[0].Day(), t[0].Month(), t[0].Weekday())
		}),
		onTimes("time_utc", 1, func(t []time.Time) any { return t[0].UTC().Format(time.RFC3339) }),
		onTimes("time_diff", 2, func(t []time.Time) any { return t[1].Sub(t[0]).String() }),
		onTimes("time_before", 2, func(t []time.Time) any { return t[0].Before(t[1]) }),
		onTimes("time_after", 2, func(t []time.Time) any { return t[0].After(t[1]) }),
		onTimes("time_between", 3, func(t []time.Time) any { return t[0].After(t[1]) && t[0].Before(t[2]) }),
		onDuration("time_add", time.Time.Add),
		onDuration("time_truncate", time.Time.Truncate),
	}
}

// onTimes makes a function of times only.
func onTimes(name string, n int, call func(times []time.Time) any) function {
	return onTexts(name, n, func(args []string) (any, error) {
		times := make([]time.Time, n)
		for i, arg := range args {
			t, err := time.Parse(time.RFC3339, arg)
			if err != nil {
				return nil, err
			}
			times[i] = t
		}
		return call(times), nil
	})
}

// onDuration makes a function of a time and a duration.
func onDuration(name string, call func(time.Time, time.Duration) time.Time) function {
	return onTexts(name, 2, func(args []string) (any, error) {
		t, err := time.Parse(time.RFC3339, args[0])
		if err != nil {
			return nil, err
		}
		d, err := time.ParseDuration(args[1])
		if err != nil {
			return nil, err
		}
		return call(t, d).Format(time.RFC3339), nil
	})
}

func timeSince(layout, from, to string, current func() (time.Time, error)) (any, error) {
	if layout == "" {
		layout = time.RFC3339
	}
	start, err := time.Parse(layout, from)
	if err != nil {
		return nil, err
	}
	end, err := current()
	if to != "" {
		end, err = time.Parse(layout, to)
	}
	if err != nil {
		return nil, err
	}
	return end.Sub(start).String(), nil
}

// timeParse reads a time in a layout; a layout that is a number means seconds since 1970.
func timeParse(layout, value string) (any, error) {
	if _, err := strconv.ParseInt(layout, 10, 64); err == nil {
		epoch, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil, err
		}
		return time.Unix(epoch, 0).UTC().Format(time.RFC3339), nil
	}
	t, err := time.Parse(layout, value)
	if err != nil {
		return nil, err
	}
	return t.Format(time.RFC3339), nil
}
