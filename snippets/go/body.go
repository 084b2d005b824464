package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"unicode/utf8"
)

const maxBody = 1 << 20

// encoding/json reads half of a surrogate pair as U+FFFD, which is not what was sent.
var escapes = regexp.MustCompile(`(?i)\\(?:ud[89ab]..\\ud[c-f]..|(ud[89a-f]..)|.)`)

// readContent reads title and body. It comes after the check: a stale write is 412,
// whatever it carries (RFC 9110 §13.2.1).
func readContent(w http.ResponseWriter, r *http.Request, required ...string) (map[string]string, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, newProblem(http.StatusRequestEntityTooLarge, "Send at most one megabyte.")
	}
	var value any // not a struct, which would take "TITLE" for "title" and null for nothing
	if err != nil || !isText(body) || json.Unmarshal(body, &value) != nil {
		return nil, newProblem(http.StatusBadRequest, "Send a JSON object.")
	}
	members, ok := value.(map[string]any)
	if !ok {
		return nil, newProblem(http.StatusUnprocessableEntity, "Send a JSON object.")
	}
	wrong := newProblem(http.StatusUnprocessableEntity, "Send title and body, both strings.")
	content := make(map[string]string)
	for name, value := range members {
		text, ok := value.(string)
		if !ok || name != "title" && name != "body" {
			return nil, wrong
		}
		content[name] = text
	}
	for _, name := range required {
		if _, ok := content[name]; !ok {
			return nil, wrong
		}
	}
	return content, nil
}

func isText(body []byte) bool {
	for _, escape := range escapes.FindAllSubmatch(body, -1) {
		if escape[1] != nil {
			return false
		}
	}
	return utf8.Valid(body)
}
