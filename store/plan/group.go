package plan

// Key is one dimension of a grouping: a field's value, or a bucket of it.
type Key struct {
	Field Field
	// Bucket, of an Int field: 0 groups by value, otherwise by
	// floor((value-Offset)/Bucket)*Bucket+Offset. For time steps.
	Bucket, Offset int64
	// Log groups a field of nanoseconds by loghist.Index. For heat maps.
	Log bool
}

// AggregateKind is a function over the rows of a group.
type AggregateKind uint8

const (
	Count     AggregateKind = iota // rows; with Field: rows that have it
	Sum                            // Float; of numbers only
	Min                            // smallest number, null without one
	Max                            //
	Avg                            // Float
	Quantiles                      // one Float column for each of Args, at most 4.4 % off (loghist)
	Histogram                      // Bytes: loghist buckets, see Result
	Distinct                       // exact number of different values
)

// Aggregate is one column of a grouped answer; Quantiles makes several.
type Aggregate struct {
	Kind  AggregateKind
	Field Field
	Args  []float64 // quantiles, 0 to 1
	Where Expr      // counts only rows for which it holds; nil: all
}

// Order sorts by a field of Select, or in a grouped answer by the column
// number (keys first, then aggregates). Nulls come last.
type Order struct {
	Field  Field
	Column int // grouped answers only
	Desc   bool
}
