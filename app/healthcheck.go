package app

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func healthcheckCommand() *cobra.Command {
	var address string
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "healthcheck",
		Short: "Ask a running Oriel whether it is well; for images without curl",
		Long: `Ask the health_check extension of a running Oriel whether it is well. The exit code is 0 if it says so, and 1 if it does not
or cannot be reached. No proxy is asked and no redirect followed.`,
		Example: `  oriel healthcheck
  oriel healthcheck --url http://127.0.0.1:8420/readyz`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			answer, err := checkHealth(address, timeout)
			if err == nil {
				fmt.Fprintln(cmd.OutOrStdout(), answer)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&address, "url", "http://127.0.0.1:13133/", "what to GET")
	cmd.Flags().DurationVar(&timeout, "timeout", 2*time.Second, "how long to wait for the answer")
	return cmd
}

// checkHealth asks once. Errors: it cannot be reached, or it is not well.
func checkHealth(address string, timeout time.Duration) (answer string, err error) {
	client := &http.Client{
		Timeout:       timeout,
		Transport:     &http.Transport{Proxy: nil, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	reply, err := client.Get(address)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			if u.Timeout() {
				return "", fmt.Errorf("%s: no answer within %s", address, timeout)
			}
			err = u.Err
		}
		return "", fmt.Errorf("%s: %w", address, err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(io.LimitReader(reply.Body, 1<<10))
	if err != nil {
		return "", fmt.Errorf("%s: %w", address, err)
	}
	answer = strings.TrimSpace(reply.Status + " " + strings.Join(strings.Fields(string(body)), " "))
	if reply.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s", address, answer)
	}
	return answer, nil
}
