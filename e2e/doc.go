// Package e2e runs the real binary with real clients and looks at it from
// outside: Envoy, the OpenTelemetry SDKs of Python and Node, zipkin-server,
// signals, full disks and broken input.
//
// The tests stand behind the build tag e2e. `make e2e` installs the clients
// (tools.mk) and runs them all; by hand:
//
//	go test -tags e2e ./e2e -run TestEnvoy
//
// They need Linux. Environment:
//
//	ORIEL_BIN         the binary under test; without it the tests build one
//	ORIEL_E2E_STRICT  1: a missing client is a failure and not a skip
//	ORIEL_CACHE       where tools.mk has installed the clients, default ../.cache
//
// Begin with oriel_test.go, which starts and stops the binary, and
// answers_test.go, which asks it.
package e2e
