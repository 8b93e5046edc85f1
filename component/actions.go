package component

import (
	"errors"
	"fmt"

	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/attraction"
)

// ValidateActions checks the actions that stand under a key of a processor's Config.
func ValidateActions(key string, actions []attraction.Action) error {
	_, err := attraction.Compile(actions)
	if err == nil {
		return nil
	}
	var problems []error
	for _, one := range err.(interface{ Unwrap() []error }).Unwrap() {
		e := one.(*attraction.Error)
		problems = append(problems, &config.Problem{Where: fmt.Sprintf("%s[%d].%s", key, e.Index, e.Where), What: e.What, Fix: e.Fix})
	}
	return errors.Join(problems...)
}
