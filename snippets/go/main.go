// A documents API that cannot lose an update: Go's standard library and SQLite.
//
// net/http evaluates preconditions in [http.ServeContent] alone, which is for reads. A
// write has to check them by itself, and has to make the check and the write one step.
// Run it with "go run .".
package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"flag"
	"log"
	"maps"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	_ "modernc.org/sqlite" // SQLite in Go: it needs no C compiler
)

// :snippet-start: store
// The tag is random, so a document that is deleted and made again never repeats one.
const schema = `
CREATE TABLE IF NOT EXISTS docs (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    rev TEXT NOT NULL DEFAULT (lower(hex(randomblob(8)))),
    saved_at INTEGER NOT NULL DEFAULT (unixepoch())
)`

// The compare-and-swap: it names the revision that was compared, so a write that came in
// between leaves it no row to change.
const (
	updateDoc = `
UPDATE docs SET title = ?, body = ?, rev = lower(hex(randomblob(8))), saved_at = unixepoch()
WHERE name = ? AND rev = ? RETURNING *`
	insertDoc = `
INSERT INTO docs (name, title, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING *`
	deleteDoc = `DELETE FROM docs WHERE name = ? AND rev = ? RETURNING *`
)

// :snippet-end:

// Every connection of the pool waits for the writer before it, and reads beside it.
const pragmas = "?_pragma=busy_timeout(30000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"

type server struct {
	db *sql.DB
}

type doc struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Body    string `json:"body"`
	rev     string
	savedAt time.Time
}

func scanDoc(row interface{ Scan(...any) error }) (*doc, error) {
	var d doc
	var savedAt int64
	if err := row.Scan(&d.Name, &d.Title, &d.Body, &d.rev, &savedAt); err != nil {
		return nil, err
	}
	d.savedAt = time.Unix(savedAt, 0).UTC()
	return &d, nil
}

// :snippet-start: read
func (s *server) find(r *http.Request) (*doc, error) {
	const query = "SELECT * FROM docs WHERE name = ?"
	return scanDoc(s.db.QueryRowContext(r.Context(), query, r.PathValue("name")))
}

func (d *doc) etag() string { return `"` + d.rev + `"` }

// check finds the document and evaluates the preconditions. It is nil if there is none
// and PUT may create it; with any other method that is sql.ErrNoRows, which becomes 404.
func (s *server) check(r *http.Request) (*doc, error) {
	d, err := s.find(r)
	switch {
	case err == nil:
		return d, CheckPreconditions(r, &Validators{d.etag(), d.savedAt}, true)
	case errors.Is(err, sql.ErrNoRows) && r.Method == http.MethodPut:
		return nil, CheckPreconditions(r, nil, true)
	}
	return nil, err
}

func (s *server) read(w http.ResponseWriter, r *http.Request) error {
	d, err := s.check(r)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", d.etag())
	// While its second lasts, another write could share the date.
	if time.Since(d.savedAt) >= time.Second {
		w.Header().Set("Last-Modified", d.savedAt.Format(http.TimeFormat))
	}
	return writeJSON(w, http.StatusOK, d)
}

// :snippet-end:

func (s *server) list(w http.ResponseWriter, r *http.Request) error {
	type item struct {
		*doc
		ETag string `json:"etag"`
	}
	items := []item{}
	rows, err := s.db.QueryContext(r.Context(), "SELECT * FROM docs ORDER BY name")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		d, err := scanDoc(rows)
		if err != nil {
			return err
		}
		items = append(items, item{d, d.etag()})
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]any{"items": items})
}

// :snippet-start: write
func (s *server) replace(w http.ResponseWriter, r *http.Request) error {
	d, err := s.check(r)
	if err != nil {
		return err
	}
	content, err := readContent(w, r, "title", "body")
	if err != nil {
		return err
	}
	if d == nil { // If-None-Match: * held
		name := r.PathValue("name")
		if _, err := s.confirm(r, insertDoc, name, content["title"], content["body"]); err != nil {
			return err
		}
		w.Header().Set("Location", r.URL.EscapedPath())
		w.WriteHeader(http.StatusCreated)
		return nil
	}
	if _, err := s.confirm(r, updateDoc, content["title"], content["body"], d.Name, d.rev); err != nil {
		return err
	}
	// No ETag: columns are stored, not the bytes that were sent (§9.3.4).
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *server) merge(w http.ResponseWriter, r *http.Request) error {
	d, err := s.check(r)
	if err != nil {
		return err
	}
	sent, err := readContent(w, r)
	if err != nil {
		return err
	}
	content := map[string]string{"title": d.Title, "body": d.Body}
	maps.Copy(content, sent)
	saved, err := s.confirm(r, updateDoc, content["title"], content["body"], d.Name, d.rev)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", saved.etag())
	return writeJSON(w, http.StatusOK, saved)
}

func (s *server) remove(w http.ResponseWriter, r *http.Request) error {
	d, err := s.check(r)
	if err != nil {
		return err
	}
	if _, err := s.confirm(r, deleteDoc, d.Name, d.rev); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// confirm writes, and refuses when another write came after the check.
func (s *server) confirm(r *http.Request, write string, args ...any) (*doc, error) {
	saved, err := scanDoc(s.db.QueryRowContext(r.Context(), write, args...))
	if !errors.Is(err, sql.ErrNoRows) {
		return saved, err
	}
	refusal := &Refusal{Status: http.StatusPreconditionFailed, Reason: "lost-race"}
	for _, field := range []string{"If-None-Match", "If-Unmodified-Since", "If-Match"} {
		if r.Header.Get(field) != "" {
			refusal.Field = field
		}
	}
	current, err := s.find(r)
	if err == nil {
		refusal.Current = &Validators{current.etag(), current.savedAt}
	} else if !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	return nil, refusal
}

// :snippet-end:

func options(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Allow", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT")
	w.WriteHeader(http.StatusNoContent)
}

// open opens the database and makes the table on the first start.
func open(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", path+pragmas)
	if err == nil {
		_, err = db.Exec(schema)
	}
	return db, err
}

func run(ctx context.Context, address string) error {
	db, err := open(cmp.Or(os.Getenv("DOCS_DB"), "docs.sqlite3"))
	if err != nil {
		return err
	}
	defer db.Close()

	// A pattern with GET serves HEAD too, and a method without a pattern is 405 with Allow.
	s := &server{db}
	http.Handle("GET /docs", handler(s.list))
	http.Handle("GET /docs/{name}", handler(s.read))
	http.Handle("PUT /docs/{name}", handler(s.replace))
	http.Handle("PATCH /docs/{name}", handler(s.merge))
	http.Handle("DELETE /docs/{name}", handler(s.remove))
	http.HandleFunc("OPTIONS /docs/{name}", options)

	listener := &http.Server{Addr: address, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- listener.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done(): // answer what is under way
		return listener.Shutdown(context.Background())
	}
}

func main() {
	address := flag.String("address", "127.0.0.1:8080", "where to listen")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *address); err != nil {
		log.Fatal(err)
	}
}
