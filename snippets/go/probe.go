// Test equipment, no part of the server: "go build -tags probe" mounts /probe, a resource
// whose state the request describes, so that every state can be played at the evaluator.

//go:build probe

package main

import (
	"database/sql"
	"io"
	"net/http"
)

func init() {
	http.Handle("/probe", handler(probe))
}

func probe(w http.ResponseWriter, r *http.Request) error {
	isPresent := r.Header.Get("Probe-State") == "present"
	if !isPresent && r.Method != http.MethodPut {
		return sql.ErrNoRows
	}
	var current *Validators
	if isPresent {
		current = &Validators{ETag: r.Header.Get("Probe-ETag")}
		current.LastModified, _ = http.ParseTime(r.Header.Get("Probe-Last-Modified"))
	}
	if err := CheckPreconditions(r, current, r.Header.Get("Probe-Require") == "yes"); err != nil {
		return err
	}
	switch {
	case !isPresent:
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		setETag(w, current.ETag)
		if date := r.Header.Get("Probe-Last-Modified"); date != "" {
			w.Header().Set("Last-Modified", date)
		}
		_, err := io.WriteString(w, "probe")
		return err
	default:
		w.WriteHeader(http.StatusNoContent)
	}
	return nil
}
