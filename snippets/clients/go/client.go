// A client of the documents API that never overwrites what it has not seen.
//
//	client update URL WORD
//	client create URL TITLE BODY
//	client save URL ETAG TITLE BODY
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"time"
)

const attempts = 5

var client = &http.Client{
	Timeout: 10 * time.Second,
	// A redirected PUT may become a GET, whose 200 would look like a success.
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

type document struct {
	Title string `json:"title"`
	Body  string `json:"body"`
}

// An exit ends the program with a code of its own.
type exit struct {
	code    int
	message string
}

func (e *exit) Error() string { return e.message }

// :snippet-start: update
func update(url, word string) error {
	var unsure *document // what was sent when the connection broke
	for attempt := range attempts {
		if attempt > 0 {
			time.Sleep(rand.N(100 * time.Millisecond << attempt))
		}
		doc, tag, err := read(url)
		if err != nil {
			return err
		}
		if unsure != nil && doc == *unsure {
			return nil // it was saved
		}
		if err := requireStrong(tag); err != nil {
			return err
		}

		// Made anew from each read: the old content with a new tag would overwrite.
		doc.Body += " " + word
		saved, err := put(url, "If-Match", tag, doc)
		switch {
		case err != nil:
			unsure = &doc // saved or not? Only a read can tell.
		case saved.isSuccess():
			return nil
		case saved.StatusCode != http.StatusPreconditionFailed:
			return unexpected(saved)
		}
	}
	return &exit{5, fmt.Sprintf("Not saved in %d attempts: others kept saving first.", attempts)}
}

func read(url string) (doc document, tag string, err error) {
	// A cache on the way must ask the server: an old tag is refused for certain.
	answer, err := send(http.MethodGet, url, http.Header{"Cache-Control": {"no-cache"}}, nil)
	switch {
	case err != nil:
		return doc, "", err
	case answer.StatusCode == http.StatusNotFound:
		return doc, "", &exit{6, "There is no such document."}
	case answer.StatusCode != http.StatusOK:
		return doc, "", unexpected(answer)
	}
	err = json.Unmarshal(answer.content, &doc)
	return doc, answer.Header.Get("ETag"), err
}

func requireStrong(tag string) error {
	if tag == "" {
		return &exit{7, "The server sent no ETag, so If-Match has nothing to name."}
	}
	if strings.HasPrefix(tag, "W/") {
		return &exit{7, tag + " is weak, and If-Match never matches a weak tag."}
	}
	return nil
}

func put(url, field, value string, doc document) (*answer, error) {
	header := http.Header{}
	header.Set(field, value)
	header.Set("Content-Type", "application/json")
	return send(http.MethodPut, url, header, encode(doc))
}

// :snippet-end:

// :snippet-start: create
func create(url, title, body string) error {
	answer, err := put(url, "If-None-Match", "*", document{title, body})
	switch {
	case err != nil:
		return err
	case answer.isSuccess():
		return nil
	case answer.StatusCode == http.StatusPreconditionFailed:
		return &exit{3, "The document exists; it was left as it is."}
	}
	return unexpected(answer)
}

// :snippet-end:

// :snippet-start: conflict
func save(url, tag, title, body string) error {
	yours := document{title, body}
	answer, err := put(url, "If-Match", tag, yours)
	switch {
	case err != nil:
		return err
	case answer.isSuccess():
		return nil
	case answer.StatusCode != http.StatusPreconditionFailed:
		return unexpected(answer)
	}

	// A person decides; to send the same again with a new tag would overwrite.
	theirs, current, err := read(url)
	if gone, ok := errors.AsType[*exit](err); ok && gone.code == 6 {
		fmt.Println("theirs: it is gone")
	} else if err != nil {
		return err
	} else {
		fmt.Printf("theirs: %s\n", encode(theirs))
	}
	fmt.Printf("yours: %s\ncurrent tag: %s\n", encode(yours), cmp.Or(current, "none"))
	return &exit{4, "Not saved: the document changed after you read it."}
}

// :snippet-end:

type answer struct {
	*http.Response
	content []byte
}

func (a *answer) isSuccess() bool { return a.StatusCode/100 == 2 }

func send(method, url string, header http.Header, body []byte) (*answer, error) {
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if header != nil {
		request.Header = header
	}
	// net/http asks for gzip, and a proxy that compresses weakens the tag.
	request.Header.Set("Accept-Encoding", "identity")
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return &answer{response, content}, err
}

func encode(doc document) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // people read it too
	_ = encoder.Encode(doc)      // two strings always can be
	return bytes.TrimSpace(text.Bytes())
}

// unexpected tells a status and the detail of its problem document (RFC 9457).
func unexpected(a *answer) error {
	problem := struct{ Detail string }{http.StatusText(a.StatusCode)}
	_ = json.Unmarshal(a.content, &problem) // without one the status has to do
	return &exit{1, fmt.Sprint(a.StatusCode, " ", problem.Detail)}
}

func run(arguments []string) error {
	const usage = "update URL WORD | create URL TITLE BODY | save URL ETAG TITLE BODY"
	if len(arguments) == 0 {
		return &exit{2, usage}
	}
	switch name, words := arguments[0], arguments[1:]; {
	case name == "update" && len(words) == 2:
		return update(words[0], words[1])
	case name == "create" && len(words) == 3:
		return create(words[0], words[1], words[2])
	case name == "save" && len(words) == 4:
		return save(words[0], words[1], words[2], words[3])
	}
	return &exit{2, usage}
}

func main() {
	err := run(os.Args[1:])
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	code := 1
	if e, ok := errors.AsType[*exit](err); ok {
		code = e.code
	}
	os.Exit(code)
}
