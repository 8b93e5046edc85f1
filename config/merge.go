package config

// merge lays top over base: maps merge, anything else is replaced, by nothing too.
func merge(base, top *Node) *Node {
	if base == nil || base.Kind != Map || top.Kind != Map {
		return top
	}
	out := *base
	out.Entries = append([]Entry(nil), base.Entries...)
	index := make(map[string]int, len(out.Entries))
	for i, e := range out.Entries {
		index[e.Key] = i
	}
	for _, e := range top.Entries {
		if i, known := index[e.Key]; known {
			e.Value = merge(out.Entries[i].Value, e.Value)
			out.Entries[i] = e
		} else {
			out.Entries = append(out.Entries, e)
		}
	}
	return &out
}
