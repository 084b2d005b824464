// What http.FileServer does by itself.
package main

import (
	"log"
	"net/http"
	"os"
	"path/filepath"
)

const content = `{"title": "old", "body": "old"}`

func main() {
	folder := os.Getenv("DEFAULTS_DIR")
	if err := os.WriteFile(filepath.Join(folder, "doc"), []byte(content), 0o644); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], http.FileServer(http.Dir(folder))))
}
