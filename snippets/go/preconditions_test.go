package main

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const date = "Tue, 15 Nov 1994 12:45:26 GMT"

func TestCheckPreconditions(t *testing.T) {
	saved := time.Date(1994, 11, 15, 12, 45, 26, 0, time.UTC)
	strong := &Validators{`"v1"`, saved}
	weak := &Validators{`W/"v1"`, saved}
	bare := &Validators{}

	tests := []struct {
		name    string
		method  string
		current *Validators
		fields  string // a line each
		status  int    // 0: the method is performed
	}{
		{"the current tag holds", "PUT", strong, `If-Match: "v1"`, 0},
		{"a stale tag fails", "PUT", strong, `If-Match: "v0"`, 412},
		{"every line of a field counts", "PUT", strong, "If-Match: \"v0\"\nIf-Match: \"v1\"", 0},
		{"a weak tag never matches strongly", "PUT", weak, `If-Match: W/"v1"`, 412},
		{"a weak tag matches weakly", "GET", strong, `If-None-Match: W/"v1"`, 304},
		{"a tag may hold a comma", "PUT", &Validators{ETag: `"a,b"`}, `If-Match: "x", "a,b"`, 0},
		{"any state will do", "PUT", bare, "If-Match: *", 0},
		{"no state will do", "PUT", nil, "If-Match: *", 412},
		{"a name is free", "PUT", nil, "If-None-Match: *", 0},
		{"a name is taken", "PUT", bare, "If-None-Match: *", 412},
		{"quotes are part of a tag", "PUT", strong, "If-Match: v1", 400},
		{"a list may not break off", "PUT", strong, `If-Match: "v1", "v`, 400},
		{"a read ignores what it cannot read", "GET", strong, "If-None-Match: v1", 0},
		{"a write takes a condition", "PUT", strong, "", 428},
		{"tags are no guard", "PUT", strong, `If-None-Match: "v0"`, 428},
		{"a date is compared", "PUT", strong, "If-Unmodified-Since: " + date, 0},
		{"an older date fails", "PUT", strong, "If-Unmodified-Since: Sun Nov  6 08:49:37 1994", 412},
		{"two dates are none", "PUT", strong, "If-Unmodified-Since: " + date + "\nIf-Unmodified-Since: " + date, 428},
		{"another zone is no date", "PUT", strong, "If-Unmodified-Since: Tuesday, 15-Nov-94 12:45:26 PST", 428},
		{"a fraction is no date", "PUT", strong, "If-Unmodified-Since: Tue, 15 Nov 1994 12:45:26.5 GMT", 428},
		{"lower case is no date", "PUT", strong, "If-Unmodified-Since: tue, 15 nov 1994 12:45:26 GMT", 428},
		{"If-Match goes before the date", "PUT", strong, "If-Match: \"v1\"\nIf-Unmodified-Since: Sun Nov  6 08:49:37 1994", 0},
		{"If-None-Match goes before the date", "GET", strong, "If-None-Match: \"v0\"\nIf-Modified-Since: " + date, 0},
		{"OPTIONS ignores a stale tag", "OPTIONS", strong, `If-Match: "v0"`, 0},
		{"TRACE ignores what it cannot read", "TRACE", strong, "If-Match: v1", 0},
		{"an unchanged date is 304", "HEAD", strong, "If-Modified-Since: " + date, 304},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(test.method, "/docs/a", nil)
			for line := range strings.Lines(test.fields) {
				name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
				r.Header.Add(name, value)
			}
			status := 0
			err := CheckPreconditions(r, test.current, true)
			if refusal, ok := errors.AsType[*Refusal](err); ok {
				status = refusal.Status
			}
			if status != test.status {
				t.Errorf("got %d (%v), want %d", status, err, test.status)
			}
		})
	}
}
