package hosted

import (
	"errors"

	"github.com/oriel-io/oriel/component"
	"go.opentelemetry.io/collector/consumer/consumererror"
)

// fromUpstreamError gives an error of a hosted component its kind in our terms.
// One that came from our side of the pipeline is still marked, since theirs wrap ours.
func fromUpstreamError(err error) error {
	if err == nil || component.IsPermanent(err) || !consumererror.IsPermanent(err) {
		return err
	}
	return component.Permanent(err)
}

// toUpstreamError marks a permanent error as such for a hosted component, which then does not retry.
func toUpstreamError(err error) error {
	if err == nil || !component.IsPermanent(err) || consumererror.IsPermanent(err) {
		return err
	}
	return consumererror.NewPermanent(err)
}

// joinAnswers is permanent only if each error is: what one of several consumers
// could not read, another may take at the next attempt.
func joinAnswers(answers []error) error {
	if len(answers) == 1 {
		return answers[0]
	}
	var retryable []error
	for _, err := range answers {
		if err != nil && !component.IsPermanent(err) {
			retryable = append(retryable, err)
		}
	}
	if len(retryable) > 0 {
		return errors.Join(retryable...)
	}
	return errors.Join(answers...)
}
