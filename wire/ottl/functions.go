package ottl

import (
	"maps"
	"slices"
	"strings"
)

// function is a function that conditions can call. Each is listed below.
type function struct {
	params   []param
	contexts []Context // in which it exists; nil: in all
	about    string    // for the reference
	varies   bool      // its value can differ for equal arguments
	compile  func(b *builder, call *callNode, args []operand) (operand, error)
}

// param is a parameter with what upstream accepts for it.
type param struct {
	name     string
	accepts  accepts
	optional bool
}

// accepts is a way to turn any value into what a function works with, or an error.
type accepts uint8

const (
	anyValue    accepts = iota
	onlyBool            // an error for any other kind
	onlyInt             //
	onlyFloat           //
	onlyText            //
	onlyMap             //
	onlyList            //
	onlyTime            //
	onlySpell           // text that stands in the condition itself
	likeBool            // converted where that is possible; nil stays nil
	likeInt             //
	likeFloat           //
	likeText            //
	likeBytes           //
	listOfTexts         // a list in the condition, of likeText
	onlyLength          // a duration
)

// functions are all functions, by name.
var functions = merge(typeFunctions, textFunctions, convertFunctions, timeFunctions, dataFunctions)

func merge(lists ...map[string]function) map[string]function {
	out := map[string]function{}
	for _, list := range lists {
		maps.Copy(out, list)
	}
	return out
}

// FunctionInfo describes a function for a reference page.
type FunctionInfo struct {
	Name      string
	Signature string // Substring(target, start, length)
	About     string
	Contexts  []Context // nil: all
}

// Functions lists the functions that run on bytes, by name.
func Functions() (list []FunctionInfo) {
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		f := functions[name]
		var params []string
		for _, p := range f.params {
			text := p.name
			if p.optional {
				text = "[" + text + "]"
			}
			params = append(params, text)
		}
		list = append(list, FunctionInfo{name, name + "(" + strings.Join(params, ", ") + ")", f.about, f.contexts})
	}
	return list
}

// Paths lists the paths of a context, as conditions write them. Those that end
// with [] also take keys.
func Paths(ctx Context) (list []string) {
	for name, p := range places[ctx] {
		prefix := name + "."
		if name == ctx.String() && name != "resource" {
			prefix = ""
		}
		for path, f := range p.fields {
			if f.attrs != nil || f.value != nil {
				path += "[]"
			}
			list = append(list, prefix+path)
		}
	}
	slices.Sort(list)
	return list
}

// Enums lists the named numbers of a context.
func Enums(ctx Context) []string { return slices.Sorted(maps.Keys(enums[ctx])) }

// call compiles a call.
func (b *builder) call(call *callNode) (operand, error) {
	f, known := b.functions[call.name]
	if !known || f.contexts != nil && !slices.Contains(f.contexts, b.ctx) {
		if slices.Contains(functionsElsewhere, call.name) {
			return operand{}, b.unsupported(call.at, "the function %s", call.name)
		}
		if known {
			return operand{}, b.wrong(call.at, "there is no function %s for a %s", call.name, b.ctx)
		}
		return operand{}, b.unknown(call.at, call.name, maps.Keys(b.functions), "there is no function %s", call.name)
	}
	if len(call.keys) > 0 {
		return operand{}, b.unsupported(call.keys[0].at, "a key of what a function gives")
	}
	nodes, err := b.bind(call, f.params)
	if err != nil {
		return operand{}, err
	}
	args := make([]operand, len(nodes))
	isConstant := !f.varies
	var l level
	for i, node := range nodes {
		if node == nil {
			continue
		}
		if args[i], err = b.argument(node, f.params[i], call.name); err != nil {
			return operand{}, err
		}
		isConstant = isConstant && args[i].constant != nil
		l = max(l, args[i].level)
	}
	out, err := f.compile(b, call, args)
	if err != nil {
		return operand{}, err
	}
	out.at, out.level = call.at, max(out.level, l)
	if f.varies && out.level == levelConst {
		out.level = b.base()
	}
	if isConstant {
		return fold(out), nil
	}
	return out, nil
}

// bind puts the arguments in the order of the parameters.
func (b *builder) bind(call *callNode, params []param) ([]*argNode, error) {
	bound := make([]*argNode, len(params))
	if len(params) == 0 && len(call.args) > 0 { // upstream does not look at them
		return nil, b.unsupported(call.args[0].at, "an argument of %s", call.name)
	}
	if len(call.args) > len(params) {
		return nil, b.wrong(call.args[len(params)].at, "%s takes %d arguments, not %d", call.name, len(params), len(call.args))
	}
	named := false
	for i := range call.args {
		arg, at := &call.args[i], i
		if arg.name != "" {
			named = true
			at = slices.IndexFunc(params, func(p param) bool { return p.name == arg.name })
			if at < 0 {
				return nil, b.unsupported(arg.at, "an argument named %s of %s", arg.name, call.name)
			}
		} else if named {
			return nil, b.wrong(arg.at, "an argument without a name stands behind one with a name")
		}
		if bound[at] != nil {
			return nil, b.wrong(arg.at, "%s is given twice", params[at].name)
		}
		bound[at] = arg
	}
	for i, p := range params {
		if bound[i] == nil && !p.optional {
			return nil, b.wrong(call.at, "%s needs its argument %s", call.name, p.name)
		}
	}
	return bound, nil
}

// argument compiles an argument and, if it is a literal, checks it: upstream
// refuses a condition of which a literal argument has the wrong type.
func (b *builder) argument(arg *argNode, p param, function string) (operand, error) {
	if arg.value == nil {
		return operand{}, b.wrong(arg.at, "the name of a function, %s, cannot be an argument of %s", arg.function, function)
	}
	if p.accepts == onlySpell {
		if arg.value.kind != nodeString {
			return operand{}, b.wrong(arg.at, "%s of %s must be text in quotes", p.name, function)
		}
	}
	if p.accepts == listOfTexts {
		if arg.value.kind != nodeList {
			return operand{}, b.wrong(arg.at, "%s of %s must be a list in brackets", p.name, function)
		}
		return operand{at: arg.at, kinds: setOf(kindList)}, nil // Concat compiles the items itself
	}
	o, err := b.value(arg.value)
	if err != nil {
		return operand{}, err
	}
	if p.accepts == likeText && o.kinds&(opaqueKinds|timeKinds) != 0 {
		return operand{}, b.unsupported(arg.at, "the text of a time, a duration, a message or a list of them")
	}
	if o.literal {
		if err := convertible(o.constant, p.accepts); err != nil {
			return operand{}, b.wrong(arg.at, "%s of %s: %v", p.name, function, err)
		}
	}
	return o, nil
}

// functionsElsewhere are the functions that upstream has and this package has not.
var functionsElsewhere = []string{
	"Base64Decode", "CommunityID", "ConvertAttributesToElementsXML", "ConvertCase", "ConvertTextToElementsXML", "Day", "Decode",
	"ExtractGrokPatterns", "ExtractPatterns", "FNV", "Format", "FormatTime", "GetXML", "Hour", "Index", "InsertXML", "IsValidLuhn", "Keys", "Log", "MD5",
	"Minute", "Month", "Murmur3Hash", "Murmur3Hash128", "Nanosecond", "ParseCSV", "ParseInt", "ParseJSON", "ParseKeyValue", "ParseSeverity", "ParseSimplifiedXML", "ParseXML",
	"ProfileID", "RemoveXML", "SHA1", "SHA256", "SHA512", "Second", "SliceToMap", "Sort", "Split", "Time", "ToCamelCase", "ToKeyValueString", "ToSnakeCase", "TruncateTime",
	"URL", "UUID", "UUIDv7", "UserAgent", "Values", "Weekday", "XXH128", "XXH3", "Year",
}
