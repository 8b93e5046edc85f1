package memory_test

import (
	"testing"

	"github.com/oriel-io/oriel/store"
	"github.com/oriel-io/oriel/store/memory"
	"github.com/oriel-io/oriel/store/storetest"
)

func TestSuite(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Engine { return memory.New() })
}
