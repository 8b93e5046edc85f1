package config

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

func (d *decoder) duration(n *Node, path string, v reflect.Value) {
	if !d.want(n, path, v.Type(), Scalar) {
		return
	}
	n.mark = shown
	if n.Text == "0" {
		v.SetInt(0)
		return
	}
	duration, err := time.ParseDuration(n.Text)
	if err != nil {
		fix := "a duration has a unit: 200ms, 5s, 1m30s"
		if _, numErr := strconv.ParseFloat(n.Text, 64); numErr == nil && n.From == "" {
			fix = n.Text + "s  # or " + n.Text + "ms: a duration has a unit"
		}
		d.complain(n, path, n.quoted()+" is not a duration", fix)
		return
	}
	v.SetInt(int64(duration))
}

func (d *decoder) scalar(n *Node, path string, v reflect.Value) {
	n.mark = shown
	if v.Type() == secretType {
		n.mark = secret
	}
	if text, ok := n.AsText(); ok && v.Kind() == reflect.String {
		v.SetString(text)
		return
	}
	if !d.want(n, path, v.Type(), Scalar) {
		return
	}
	var err error
	var wanted string
	digits := strings.ReplaceAll(n.Text, "_", "")
	switch v.Kind() {
	case reflect.Bool:
		wanted = "true or false"
		switch n.Text {
		case "true", "True", "TRUE":
			v.SetBool(true)
		case "false", "False", "FALSE":
			v.SetBool(false)
		default:
			err = errors.New("not a bool")
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		wanted = "a whole number"
		var i int64
		if i, err = strconv.ParseInt(whole(digits), 0, v.Type().Bits()); err == nil {
			v.SetInt(i)
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		wanted = "a whole number, not negative"
		var u uint64
		if u, err = strconv.ParseUint(whole(digits), 0, v.Type().Bits()); err == nil {
			v.SetUint(u)
		}
	case reflect.Float32, reflect.Float64:
		wanted = "a number"
		var f float64
		if f, err = strconv.ParseFloat(n.Text, v.Type().Bits()); err == nil {
			if math.IsNaN(f) || math.IsInf(f, 0) {
				err = errors.New("not finite")
			}
			v.SetFloat(f)
		}
	default:
		panic(fmt.Sprintf("config: %s: fields of type %s are not supported", path, v.Type()))
	}
	if err != nil {
		what := n.quoted() + " is not " + wanted
		if errors.Is(err, strconv.ErrRange) {
			what = n.quoted() + " is out of range"
		}
		d.complain(n, path, what, "")
	}
}

// whole is 5 of 5.0 and 1000 of 1e3.
func whole(digits string) string {
	if f, err := strconv.ParseFloat(digits, 64); err == nil && strings.ContainsAny(digits, ".eE") && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return strconv.FormatFloat(f, 'f', 0, 64)
	}
	return digits
}

// isScalar says whether one value is decoded into the type.
func isScalar(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Pointer, reflect.Interface:
		return false
	}
	return true
}

// quoted is the value as a problem shows it, with the ${...} that it came out of.
func (n *Node) quoted() string {
	const most = 100
	text := n.Text
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	if n.From != "" {
		return fmt.Sprintf("%q, which is %s,", text, n.From)
	}
	return strconv.Quote(text)
}
