package plan

// Expr is a condition on one row: And, Or, Not, Compare, In, Match or Exists.
// A missing field is null; a comparison with null is false, so Not(Compare) is true for it.
type Expr interface{ isExpr() }

// And holds if all of it hold; an empty And holds.
type And []Expr

// Or holds if one of it holds; an empty Or does not.
type Or []Expr

// Not holds if X does not.
type Not struct{ X Expr }

// Compare holds if Field op Value. Int and Float compare as numbers with each
// other; a string attribute that is a decimal number (ParseNumber) compares as a number with
// a numeric Value, because senders disagree on the type of http.status_code. Other
// mixed kinds are unequal and unordered. CompareValues is the whole rule.
type Compare struct {
	Field Field
	Op    Op
	Value Value
}

// In holds if Field equals one of Values, as Compare with Eq.
type In struct {
	Field  Field
	Values []Value
}

// Match holds if Field is a string that matches Pattern.
type Match struct {
	Field   Field
	Kind    MatchKind
	Pattern string
	Fold    bool // ignore case (Unicode simple folding)
}

// Exists holds if the row has the field.
type Exists struct{ Field Field }

func (And) isExpr()     {}
func (Or) isExpr()      {}
func (Not) isExpr()     {}
func (Compare) isExpr() {}
func (In) isExpr()      {}
func (Match) isExpr()   {}
func (Exists) isExpr()  {}

// Op is a comparison.
type Op uint8

const (
	Eq Op = iota
	Ne
	Lt
	Le
	Gt
	Ge
)

// MatchKind says how Pattern is read.
type MatchKind uint8

const (
	Contains MatchKind = iota // substring
	Prefix
	Regexp // RE2, unanchored
)

// ValueKind is the type of a Value.
type ValueKind uint8

const (
	Null ValueKind = iota
	String
	Int
	Float
	Bool
	Bytes
)

// Value is one cell. Str holds Bytes too. Arrays and maps of OTLP are Strings
// of JSON.
type Value struct {
	Kind  ValueKind
	Str   string
	Int   int64 // and Bool: 0 or 1
	Float float64
}

// Str, I, Fl, B and Raw make values.
func Str(s string) Value { return Value{Kind: String, Str: s} }
func I(i int64) Value    { return Value{Kind: Int, Int: i} }
func Fl(f float64) Value { return Value{Kind: Float, Float: f} }
func Raw(b []byte) Value { return Value{Kind: Bytes, Str: string(b)} }
func B(b bool) Value {
	v := Value{Kind: Bool}
	if b {
		v.Int = 1
	}
	return v
}
