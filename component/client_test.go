package component

import (
	"context"
	"testing"
)

func TestClient(t *testing.T) {
	t.Parallel()
	ctx := WithClient(context.Background(), &Client{Address: "10.0.0.1:4", Metadata: map[string][]string{"x-tenant": {"a", "b"}}})
	if got := ClientFrom(ctx).Get("X-Tenant"); len(got) != 2 || got[0] != "a" {
		t.Errorf("got %q", got)
	}
	if got := ClientFrom(context.Background()).Get("x"); got != nil {
		t.Errorf("a header of nobody: %q", got)
	}
}
