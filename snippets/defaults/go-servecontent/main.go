// What http.ServeContent does by itself with an ETag that its caller has set.
package main

import (
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

const content = `{"title": "old", "body": "old"}`

func main() {
	saved := time.Now()
	http.HandleFunc("GET /doc", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		http.ServeContent(w, r, "doc.json", saved, strings.NewReader(content))
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
