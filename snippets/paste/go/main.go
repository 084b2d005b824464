package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"sync"
)

type document struct {
	Title string `json:"title"`
	Body  string `json:"body"`
}

var (
	mu   sync.Mutex // makes check and write one step; a database does it by its WHERE
	doc  = document{"Welcome", "Hello."}
	etag = `"` + rand.Text() + `"`
)

// allows evaluates the conditions of a request, and answers it where they refuse it.
func allows(w http.ResponseWriter, r *http.Request) bool {
	err := CheckPreconditions(r, &Validators{ETag: etag}, true)
	var refusal *Refusal
	if errors.As(err, &refusal) {
		refusal.Answer(w, r)
	}
	return err == nil
}

func read(w http.ResponseWriter, r *http.Request) {
	mu.Lock()
	defer mu.Unlock()
	if !allows(w, r) {
		return
	}
	w.Header().Set("ETag", etag)
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(doc)
}

func write(w http.ResponseWriter, r *http.Request) {
	var sent document
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
		http.Error(w, "Send a JSON object.", http.StatusBadRequest)
		return
	}
	mu.Lock()
	defer mu.Unlock()
	if !allows(w, r) {
		return
	}
	doc, etag = sent, `"`+rand.Text()+`"`
	w.WriteHeader(http.StatusNoContent)
}

func main() {
	http.HandleFunc("GET /doc", read)
	http.HandleFunc("PUT /doc", write)
	log.Fatal(http.ListenAndServe("127.0.0.1:8000", nil))
}
