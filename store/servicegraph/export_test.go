package servicegraph

// Sign appends the checksum, so that fuzzing reaches what is behind it.
func Sign(data []byte) []byte { return appendSum(append([]byte(nil), data...), 0) }
