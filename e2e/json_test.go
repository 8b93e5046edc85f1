//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
)

// sorted is a JSON text with the attributes of everything in the order of their keys: processors may add them anywhere.
func sorted(t *testing.T, text []byte, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	sortAttributes(tree)
	out, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func sortAttributes(tree any) {
	switch node := tree.(type) {
	case map[string]any:
		for key, value := range node {
			sortAttributes(value)
			if list, ok := value.([]any); ok && key == "attributes" {
				slices.SortFunc(list, func(a, b any) int { return bytes.Compare(keyOf(a), keyOf(b)) })
			}
		}
	case []any:
		for _, item := range node {
			sortAttributes(item)
		}
	}
}

func keyOf(attribute any) []byte {
	if node, ok := attribute.(map[string]any); ok {
		if key, ok := node["key"].(string); ok {
			return []byte(key)
		}
	}
	return nil
}
