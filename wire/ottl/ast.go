package ottl

// The syntax tree. Every node knows the byte of the text at which it begins.
// Nodes are shared and never changed once they are parsed.

// orNode is a condition: at least one of its terms holds.
type orNode []andNode

// andNode holds if all of its parts do.
type andNode []boolNode

// boolNode is one part; one of compare, constant, call and sub is set.
type boolNode struct {
	at       int
	not      bool
	compare  *compareNode
	constant *bool
	call     *callNode
	sub      orNode
}

type compareNode struct {
	left, right *valueNode
	op          compareOp
}

type compareOp uint8

const (
	opEqual compareOp = iota
	opNotEqual
	opLess
	opLessOrEqual
	opGreater
	opGreaterOrEqual
)

var compareOps = map[string]compareOp{
	"==": opEqual, "!=": opNotEqual, "<": opLess, "<=": opLessOrEqual, ">": opGreater, ">=": opGreaterOrEqual,
}

type valueKind uint8

const (
	nodeNil valueKind = iota
	nodeString
	nodeBytes
	nodeBool
	nodeInt
	nodeFloat
	nodeEnum
	nodePath
	nodeCall
	nodeList
	nodeMap
	nodeMath   // left op right
	nodeNegate // -left
)

// valueNode is something that has a value; kind says which fields are set.
type valueNode struct {
	at    int
	kind  valueKind
	text  string  // String, Bytes (the bytes) or Enum
	int   int64   // Int; Bool: 0 or 1
	float float64 // Float
	path  *pathNode
	call  *callNode
	items []*valueNode // List; values of a Map
	keys  []string     // Map
	op    byte         // Math: + - * /
	left  *valueNode
	right *valueNode
}

// pathNode is one or more names with their keys: resource.attributes["a"][0].
type pathNode struct {
	at     int
	fields []fieldNode
}

type fieldNode struct {
	at   int
	name string
	keys []keyNode
}

// keyNode is what stands in brackets: text, a whole number or an expression.
type keyNode struct {
	at    int
	isInt bool
	int   int64
	text  string
	value *valueNode // of an expression
}

// callNode is a function with its arguments.
type callNode struct {
	at   int
	name string
	args []argNode
	keys []keyNode
}

// argNode is one argument; function is set if it is the name of a function.
type argNode struct {
	at       int
	name     string // as in IsMatch(target=name, …), often empty
	value    *valueNode
	function string
}
