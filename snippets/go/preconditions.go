// :snippet-start: preconditions
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Validators are what a precondition can see of a resource that exists.
type Validators struct {
	ETag         string    // as in the field, "v1" with its quotes or W/"v1"; empty for none
	LastModified time.Time // in whole seconds; zero for none
}

// Refusal is the error of a request whose method must not be performed.
type Refusal struct {
	Status  int         // 304, 400, 412 or 428
	Field   string      // the field that decided, if any
	Reason  string      // absent, changed, exists, malformed or weak
	Current *Validators // what the resource is in now; nil if it does not exist
}

func (r *Refusal) Error() string {
	return fmt.Sprint(r.Status, " ", http.StatusText(r.Status), ": ", r.Field, " ", r.Reason)
}

// CheckPreconditions evaluates the preconditions of a request in the order of RFC 9110
// §13.2.2, and returns a [*Refusal] unless the method may be performed. If required is set,
// a write needs one. A current of nil is a resource that does not exist and that the method
// would create; for any other method the answer is 404 before this is asked (§13.2.1).
func CheckPreconditions(r *http.Request, current *Validators, required bool) error {
	refuse := func(status int, field, reason string) error {
		return &Refusal{status, field, reason, current}
	}
	if r.Method == http.MethodOptions || r.Method == http.MethodTrace {
		return nil // they involve no representation (§13.2.1)
	}
	isRead := r.Method == http.MethodGet || r.Method == http.MethodHead
	_, hasIfMatch := r.Header["If-Match"]
	_, hasIfNoneMatch := r.Header["If-None-Match"]

	// To take what cannot be read for no condition would run a write unguarded. On a read
	// the full answer is the safe one.
	ifMatch, err := parseTags(r.Header.Values("If-Match"))
	if err != nil {
		return refuse(http.StatusBadRequest, "If-Match", "malformed")
	}
	ifNoneMatch, err := parseTags(r.Header.Values("If-None-Match"))
	if err != nil && !isRead {
		return refuse(http.StatusBadRequest, "If-None-Match", "malformed")
	}
	changed, isDated := changedSince(r.Header.Values("If-Unmodified-Since"), current)

	// If-None-Match with tags is no guard: it lets through what somebody else has changed.
	isGuarded := hasIfMatch || slices.Contains(ifNoneMatch, "*") || isDated
	if required && !isRead && !isGuarded {
		return refuse(http.StatusPreconditionRequired, "", "")
	}

	if hasIfMatch { // step 1
		if reason := mismatch(ifMatch, current); reason != "" {
			return refuse(http.StatusPreconditionFailed, "If-Match", reason)
		}
	} else if isDated && changed { // step 2
		return refuse(http.StatusPreconditionFailed, "If-Unmodified-Since", "changed")
	}
	if hasIfNoneMatch { // step 3
		if !noneMatches(ifNoneMatch, current) {
			if isRead {
				return refuse(http.StatusNotModified, "If-None-Match", "exists")
			}
			return refuse(http.StatusPreconditionFailed, "If-None-Match", "exists")
		}
	} else if isRead { // step 4
		changed, isDated := changedSince(r.Header.Values("If-Modified-Since"), current)
		if isDated && !changed {
			return refuse(http.StatusNotModified, "If-Modified-Since", "exists")
		}
	}
	return nil // step 6; step 5, If-Range, is http.ServeContent's
}

// mismatch says why If-Match is false, or nothing if it holds (§13.1.1).
func mismatch(tags []string, current *Validators) string {
	switch {
	case current == nil:
		return "absent"
	case slices.Contains(tags, "*"):
		return ""
	case strings.HasPrefix(current.ETag, "W/"): // a weak tag never matches (§8.8.3.2)
		return "weak"
	case slices.Contains(tags, current.ETag):
		return ""
	case listsWeakly(tags, current.ETag):
		return "weak"
	}
	return "changed"
}

// noneMatches says whether If-None-Match holds (§13.1.2).
func noneMatches(tags []string, current *Validators) bool {
	return current == nil || !slices.Contains(tags, "*") && !listsWeakly(tags, current.ETag)
}

// listsWeakly compares weakly: whether a tag is weak does not matter (§8.8.3.2).
func listsWeakly(tags []string, tag string) bool {
	opaque := strings.TrimPrefix(tag, "W/")
	return slices.Contains(tags, opaque) || slices.Contains(tags, "W/"+opaque)
}

// changedSince compares the date of a resource with the one in a field. The field is
// ignored, and ok is false, unless there are both (§13.1.3, §13.1.4).
func changedSince(lines []string, current *Validators) (changed, ok bool) {
	date, err := parseDate(lines)
	if err != nil || current == nil || current.LastModified.IsZero() {
		return false, false
	}
	return current.LastModified.After(date), true
}

var errMalformed = errors.New("malformed")

// parseTags reads the entity tags of If-Match or If-None-Match, or "*", which stands alone.
// It takes all lines of the field, since they are one list (§5.3): Header.Get, which
// net/http itself uses here, gives the first.
func parseTags(lines []string) ([]string, error) {
	rest := strings.Trim(strings.Join(lines, ", "), " \t")
	if rest == "*" {
		return []string{"*"}, nil
	}
	var tags []string
	for {
		rest = strings.TrimLeft(rest, " \t,") // elements may be empty (§5.6.1)
		if rest == "" {
			break
		}
		end := tagEnd(rest)
		if end < 0 {
			return nil, errMalformed
		}
		tags = append(tags, rest[:end])
		rest = strings.TrimLeft(rest[end:], " \t")
		if rest != "" && rest[0] != ',' {
			return nil, errMalformed
		}
	}
	if len(lines) > 0 && len(tags) == 0 {
		return nil, errMalformed
	}
	return tags, nil
}

// tagEnd returns where the entity tag that s begins with ends (§8.8.3), or -1.
func tagEnd(s string) int {
	start := len(s) - len(strings.TrimPrefix(s, "W/"))
	if !strings.HasPrefix(s[start:], `"`) {
		return -1
	}
	for i := start + 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return i + 1
		case c <= ' ' || c == 0x7f:
			return -1
		}
	}
	return -1
}

// The three forms of an HTTP-date (§5.6.7); the day of asctime has a blank or a zero.
var dateLayouts = []string{
	http.TimeFormat,
	"Monday, 02-Jan-06 15:04:05 GMT",
	time.ANSIC,
	"Mon Jan 02 15:04:05 2006",
}

// parseDate reads one HTTP-date. [http.ParseTime] would take other zones for GMT, and
// time.Parse takes lower case and fractions, so a date has to be what it would be written as.
func parseDate(lines []string) (time.Time, error) {
	if len(lines) != 1 {
		return time.Time{}, errMalformed
	}
	text := strings.Trim(lines[0], " \t")
	regular := strings.Replace(text, "23:59:60", "23:59:59", 1) // of a leap second
	for _, layout := range dateLayouts {
		date, err := time.Parse(layout, regular)
		if err == nil && date.Format(layout) == regular {
			if regular != text {
				date = date.Add(time.Second)
			}
			return date, nil
		}
	}
	return time.Time{}, errMalformed
}

// A problem is what the client is told (RFC 9457).
type problem struct {
	Type         string `json:"type,omitempty"`
	Title        string `json:"title"`
	Status       int    `json:"status"`
	Detail       string `json:"detail,omitempty"`
	Instance     string `json:"instance,omitempty"`
	FailedHeader string `json:"failed_header,omitempty"`
	Reason       string `json:"reason,omitempty"`
	CurrentETag  string `json:"current_etag,omitempty"`
	Next         *next  `json:"next,omitempty"`
}

type next struct {
	Action string `json:"action"`
	Method string `json:"method,omitempty"`
	Href   string `json:"href,omitempty"`
}

// Where the pages about the kinds of refusals are published, and their titles.
var kinds = map[int][2]string{
	http.StatusBadRequest:           {"/problems/malformed-precondition/", "Malformed Precondition"},
	http.StatusPreconditionFailed:   {"/problems/precondition-failed/", "Precondition Failed"},
	http.StatusPreconditionRequired: {"/problems/precondition-required/", "Precondition Required"},
}

var details = map[string]string{
	"":          "Send If-Match with the ETag you read, or If-None-Match: * to create.",
	"absent":    "The document does not exist, and If-Match asks that it does.",
	"changed":   "The document changed after you read it.",
	"exists":    "The document exists in a state that your If-None-Match rules out.",
	"lost-race": "Another write came first, while this one was under way.",
	"malformed": `An entity tag is in double quotes, such as "v1"; * stands alone.`,
	"weak":      "If-Match compares strongly, and a weak tag (W/) never matches.",
}

// Answer tells the client: a 304 has nothing but the tag, all others are problem documents.
func (refusal *Refusal) Answer(w http.ResponseWriter, r *http.Request) {
	if refusal.Status == http.StatusNotModified {
		setETag(w, refusal.Current.ETag)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	p := describe(r, refusal)
	setETag(w, p.CurrentETag) // of the resource, never one of the problem document
	w.Header().Set("Cache-Control", "no-store")
	p.answer(w)
}

func (p *problem) answer(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p) // what fails here is the connection, and nobody is left to tell
}

// describe says what was refused, why, and what to do next.
func describe(r *http.Request, refusal *Refusal) *problem {
	path := r.URL.EscapedPath() // r.URL.Path is decoded
	kind := kinds[refusal.Status]
	p := &problem{
		Type:         kind[0],
		Title:        kind[1],
		Status:       refusal.Status,
		Detail:       details[refusal.Reason],
		Instance:     path,
		FailedHeader: refusal.Field,
		Reason:       refusal.Reason,
		Next:         &next{"refetch", http.MethodGet, path},
	}
	switch {
	case refusal.Status == http.StatusBadRequest,
		refusal.Status == http.StatusPreconditionRequired && refusal.Current == nil:
		p.Next = &next{Action: "resend"}
	case refusal.Reason == "absent":
		p.Next = &next{Action: "none"}
	}
	if refusal.Status == http.StatusPreconditionFailed && refusal.Current != nil {
		p.CurrentETag = refusal.Current.ETag
	}
	return p
}

func setETag(w http.ResponseWriter, tag string) {
	if tag != "" {
		w.Header().Set("ETag", tag)
	}
}

// :snippet-end:
