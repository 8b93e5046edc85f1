//go:build !linux

package app

func forgetStartupPages() (bytes uintptr) { return 0 }
