package ecsmetadata

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestBoundsAndErrors(t *testing.T) {
	t.Parallel()
	answer, status := "", http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(server.Close)
	c := New(server.URL + "/v4/1/")
	for _, try := range []struct {
		answer string
		status int
		want   string
	}{
		{`{"TaskARN":"x","Containers":[{"Name":"a"}]}`, http.StatusOK, ""},
		{`{"TaskARN":`, http.StatusOK, "read the answer"},
		{"busy", http.StatusTooManyRequests, "429 Too Many Requests"},
		{`{"Family":"` + strings.Repeat("x", maxAnswer) + `"}`, http.StatusOK, "longer than"},
	} {
		answer, status = try.answer, try.status
		task, err := c.Task(t.Context())
		switch {
		case try.want == "" && (err != nil || task.TaskARN != "x" || task.Containers[0].Name != "a"):
			t.Errorf("got %+v, %v", task, err)
		case try.want != "" && (err == nil || !strings.Contains(err.Error(), try.want)):
			t.Errorf("got %v, want %q", err, try.want)
		}
	}
}

func TestFromEnv(t *testing.T) {
	t.Parallel()
	of := func(vars map[string]string) string {
		if c := FromEnv(func(name string) string { return vars[name] }); c != nil {
			return c.endpoint
		}
		return ""
	}
	const v3, v4 = "ECS_CONTAINER_METADATA_URI", "ECS_CONTAINER_METADATA_URI_V4"
	for _, c := range []struct {
		vars map[string]string
		want string
	}{
		{nil, ""},
		{map[string]string{v3: "http://169.254.170.2/v3/1"}, "http://169.254.170.2/v3/1"},
		{map[string]string{v3: "http://169.254.170.2/v3/1", v4: " http://169.254.170.2/v4/1 "}, "http://169.254.170.2/v4/1"},
		{map[string]string{v4: "nonsense"}, ""},
	} {
		if got := of(c.vars); got != c.want {
			t.Errorf("%v: %q, want %q", c.vars, got, c.want)
		}
	}
}
