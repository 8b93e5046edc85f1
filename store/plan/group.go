package plan

// Key is one dimension of a grouping: a field's value, or a bucket of it.
type Key struct {
	Field Field
	// Bucket, of an Int field: 0 groups by value, otherwise by
	// floor((value-Offset)/Bucket)*Bucket+Offset. For time steps. A value that
	// is no Int is null here.
	Bucket, Offset int64
	// Log groups an Int field of nanoseconds by loghist.Index; negative values
	// count as 0. For heat maps.
	Log bool
}

// AggregateKind is a function over the rows of a group. A number is an Int, or
// a Float that is not NaN; strings do not count as numbers here.
type AggregateKind uint8

const (
	Count     AggregateKind = iota // rows; with Field: rows that have it
	Sum                            // Float; of numbers only, 0 without one
	Min                            // smallest number, null without one; of an equal Int and Float the Int
	Max                            // largest number, as Min
	Avg                            // Float, null without a number
	Quantiles                      // one Float column for each of Args, at most 4.4 % off (loghist); null without a number
	Histogram                      // Bytes: loghist buckets (AppendHistogram); numbers below 0 count as 0, fractions are cut off
	Distinct                       // Int: exact number of different values that are not null
)

// Aggregate is one column of a grouped answer; Quantiles makes several.
type Aggregate struct {
	Kind  AggregateKind
	Field Field     // zero for Count of rows
	Args  []float64 // quantiles, 0 to 1
	Where Expr      // counts only rows for which it holds; nil: all
}

// Order sorts by a field of Select, or in a grouped answer by the column
// number (keys first, then aggregates). Nulls come last, also with Desc; Values
// of different kinds are ordered by OrderValues.
type Order struct {
	Field  Field
	Column int // grouped answers only
	Desc   bool
}
