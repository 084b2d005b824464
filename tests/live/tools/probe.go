// Go's net/http against the recorder: go run probe.go <base>
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"
)

func main() {
	asked := []struct {
		status, method, name, value, body string
	}{
		{"304", "GET", "If-None-Match", `"v2"`, ""},
		{"412", "PUT", "If-Match", `"v1"`, "{}"},
		{"428", "PUT", "Content-Type", "application/json", "{}"},
	}
	found := map[string]any{"version": strings.TrimPrefix(runtime.Version(), "go")}
	for _, ask := range asked {
		request, err := http.NewRequest(ask.method, os.Args[1]+"/"+ask.status, strings.NewReader(ask.body))
		if err != nil {
			panic(err)
		}
		request.Header.Set(ask.name, ask.value)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			found[ask.status] = map[string]any{"gives": "exception", "named": fmt.Sprintf("%T", err)}
			continue
		}
		found[ask.status] = map[string]any{
			"gives": "response", "status": response.StatusCode, "tag": response.Header.Get("ETag"),
		}
		response.Body.Close()
	}
	json.NewEncoder(os.Stdout).Encode(found)
}
