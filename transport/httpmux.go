package transport

import (
	"fmt"
	"net/http"
)

// buildMux makes one mux of all owners' routes; two patterns that conflict are an error that names both owners.
func buildMux(owners []*httpOwner) (http.Handler, error) {
	mux := http.NewServeMux()
	for i, owner := range owners {
		for pattern, handler := range owner.routes {
			if err := addRoute(mux, pattern, handler); err != nil {
				for _, other := range owners[:i] {
					for taken, h := range other.routes {
						pair := http.NewServeMux()
						if addRoute(pair, taken, h) == nil && addRoute(pair, pattern, handler) != nil {
							return nil, fmt.Errorf("the path %q conflicts with %q of %s at the same address", pattern, taken, other.name)
						}
					}
				}
				return nil, err
			}
		}
	}
	return mux, nil
}

// addRoute turns the mux's panic about a bad or conflicting pattern into an error.
func addRoute(mux *http.ServeMux, pattern string, handler http.Handler) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	mux.Handle(pattern, handler)
	return nil
}
