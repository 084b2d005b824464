package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"log"
	"net/http"
)

func (p *problem) Error() string { return p.Title + ": " + p.Detail }

// newProblem is one that its status says enough of.
func newProblem(status int, detail string) *problem {
	return &problem{Title: http.StatusText(status), Status: status, Detail: detail}
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
	case isRefusal:
		refusal.Answer(w, r)
		return
	case errors.Is(err, sql.ErrNoRows):
		p = newProblem(http.StatusNotFound, "There is no such document.")
	case !isProblem:
		log.Printf("%s %s: %v", r.Method, r.URL, err)
		p = newProblem(http.StatusInternalServerError, "")
	}
	p.answer(w)
}

func writeJSON(w http.ResponseWriter, status int, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body) // what fails here is the connection, and nobody is left to tell
	return nil
}
