package ottl

import "time"

// timeFunctions make times and durations, and numbers of them.
var timeFunctions = map[string]function{
	"Now": {
		about:  "The time at which the condition is asked.",
		varies: true,
		compile: func(*builder, *callNode, []operand) (operand, error) {
			return operand{kinds: setOf(kindTime), get: func(*Env) (value, error) { return timeValue(time.Now()), nil }}, nil
		},
	},
	"Duration": {
		params:  []param{{name: "duration", accepts: onlyText}},
		about:   "A duration from text such as 1h15m30s or 200ms.",
		compile: compileDuration,
	},
	"Unix": {
		params:  []param{{name: "seconds", accepts: onlyInt}, {name: "nanoseconds", accepts: onlyInt, optional: true}},
		about:   "The time so many seconds and nanoseconds after 1970.",
		compile: compileUnix,
	},
	"UnixNano":     ofTime("Nanoseconds since 1970.", time.Time.UnixNano),
	"UnixMicro":    ofTime("Microseconds since 1970.", time.Time.UnixMicro),
	"UnixMilli":    ofTime("Milliseconds since 1970.", time.Time.UnixMilli),
	"UnixSeconds":  ofTime("Seconds since 1970.", time.Time.Unix),
	"Hours":        ofDuration("Hours of a duration, with a fraction.", kindFloat, func(d time.Duration) value { return floatValue(d.Hours()) }),
	"Minutes":      ofDuration("Minutes of a duration, with a fraction.", kindFloat, func(d time.Duration) value { return floatValue(d.Minutes()) }),
	"Seconds":      ofDuration("Seconds of a duration, with a fraction.", kindFloat, func(d time.Duration) value { return floatValue(d.Seconds()) }),
	"Milliseconds": ofDuration("Milliseconds of a duration.", kindInt, func(d time.Duration) value { return intValue(d.Milliseconds()) }),
	"Microseconds": ofDuration("Microseconds of a duration.", kindInt, func(d time.Duration) value { return intValue(d.Microseconds()) }),
	"Nanoseconds":  ofDuration("Nanoseconds of a duration.", kindInt, func(d time.Duration) value { return intValue(d.Nanoseconds()) }),
}

func compileDuration(_ *builder, _ *callNode, args []operand) (operand, error) {
	read := textOf(args[0])
	return operand{kinds: setOf(kindDuration), get: func(e *Env) (value, error) {
		text, err := read(e)
		if err != nil {
			return value{}, err
		}
		d, err := time.ParseDuration(string(text))
		return durationValue(d), err
	}}, nil
}

func compileUnix(_ *builder, _ *callNode, args []operand) (operand, error) {
	seconds := only(args[0], kindInt)
	nanoseconds := func(*Env) (value, error) { return intValue(0), nil }
	if args[1].get != nil {
		nanoseconds = only(args[1], kindInt)
	}
	return operand{kinds: setOf(kindTime), get: func(e *Env) (value, error) {
		s, err := seconds(e)
		if err != nil {
			return value{}, err
		}
		n, err := nanoseconds(e)
		return timeValue(time.Unix(s.int(), n.int())), err
	}}, nil
}

func ofTime(about string, read func(time.Time) int64) function {
	return function{params: []param{{name: "time", accepts: onlyTime}}, about: about, compile: func(_ *builder, _ *callNode, args []operand) (operand, error) {
		get := only(args[0], kindTime)
		return operand{kinds: setOf(kindInt), get: func(e *Env) (value, error) {
			v, err := get(e)
			return intValue(read(v.time())), err
		}}, nil
	}}
}

func ofDuration(about string, k kind, read func(time.Duration) value) function {
	return function{params: []param{{name: "duration", accepts: onlyLength}}, about: about, compile: func(_ *builder, _ *callNode, args []operand) (operand, error) {
		get := only(args[0], kindDuration)
		return operand{kinds: setOf(k), get: func(e *Env) (value, error) {
			v, err := get(e)
			return read(v.duration()), err
		}}, nil
	}}
}
