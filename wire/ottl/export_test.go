package ottl

// Parse is the first step of Compile.
func Parse(text string) (any, error) { return parse(text) }

// FunctionsElsewhere are those that upstream has and this package has not.
var FunctionsElsewhere = functionsElsewhere
