package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"log"
	"net/http"
)

// A problem is an error that is told to the client as it stands (RFC 9457).
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

func (p *problem) Error() string { return p.Title + ": " + p.Detail }

// newProblem is one that its status says enough of.
func newProblem(status int, detail string) *problem {
	return &problem{Title: http.StatusText(status), Status: status, Detail: detail}
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

// describe tells the client what was refused, why, and what to do next.
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

// A handler answers a request, or returns the error to answer it with.
type handler func(http.ResponseWriter, *http.Request) error

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := h(w, r)
	if err == nil {
		return
	}
	refusal, isRefusal := errors.AsType[*Refusal](err)
	p, isProblem := errors.AsType[*problem](err)
	switch {
	case isRefusal && refusal.Status == http.StatusNotModified:
		setETag(w, refusal.Current.ETag)
		w.WriteHeader(http.StatusNotModified)
		return
	case isRefusal:
		p = describe(r, refusal)
		setETag(w, p.CurrentETag) // of the resource, never one of the problem document
		w.Header().Set("Cache-Control", "no-store")
	case errors.Is(err, sql.ErrNoRows):
		p = newProblem(http.StatusNotFound, "There is no such document.")
	case !isProblem:
		log.Printf("%s %s: %v", r.Method, r.URL, err)
		p = newProblem(http.StatusInternalServerError, "")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	writeJSON(w, p.Status, p)
}

func setETag(w http.ResponseWriter, tag string) {
	if tag != "" {
		w.Header().Set("ETag", tag)
	}
}

func writeJSON(w http.ResponseWriter, status int, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	w.Write(body) // what fails here is the connection, and nobody is left to tell
	return nil
}
