package resourcedetection

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"

	"github.com/oriel-io/oriel/config"
	"github.com/oriel-io/oriel/wire/otlp"
	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/host"
	otelattribute "go.opentelemetry.io/otel/attribute"
	sdkresource "go.opentelemetry.io/otel/sdk/resource"
)

// SystemConfig is the `system:` block.
type SystemConfig struct {
	// Where the name of the host comes from; the first that answers counts: dns (the full name, from /etc/hosts or DNS), os (as the kernel has it),
	// cname (the canonical name in DNS), lookup (the name of the host's address in DNS).
	HostnameSources []string `yaml:"hostname_sources"`
	// Which attributes are set.
	ResourceAttributes SystemAttributes `yaml:"resource_attributes"`
}

// SystemAttributes is the `resource_attributes:` block.
type SystemAttributes struct {
	// Architecture of the processor.
	HostArch Toggle `yaml:"host.arch"`
	// Size of the processor's second cache, in bytes.
	CPUCacheL2 Toggle `yaml:"host.cpu.cache.l2.size"`
	// Family of the processor.
	CPUFamily Toggle `yaml:"host.cpu.family"`
	// Model of the processor.
	CPUModelID Toggle `yaml:"host.cpu.model.id"`
	// Name of the processor's model.
	CPUModelName Toggle `yaml:"host.cpu.model.name"`
	// Stepping of the processor.
	CPUStepping Toggle `yaml:"host.cpu.stepping"`
	// Maker of the processor.
	CPUVendorID Toggle `yaml:"host.cpu.vendor.id"`
	// Id of the machine, from /etc/machine-id.
	HostID Toggle `yaml:"host.id"`
	// Names of the network interfaces.
	HostInterface Toggle `yaml:"host.interface"`
	// Addresses of the network interfaces that are up, loopback aside.
	HostIP Toggle `yaml:"host.ip"`
	// Hardware addresses of the network interfaces that are up, loopback aside.
	HostMAC Toggle `yaml:"host.mac"`
	// Name of the host.
	HostName Toggle `yaml:"host.name"`
	// Build of the operating system.
	OSBuildID Toggle `yaml:"os.build.id"`
	// Operating system and version, for people.
	OSDescription Toggle `yaml:"os.description"`
	// Name of the distribution.
	OSName Toggle `yaml:"os.name"`
	// linux, darwin, windows and so on.
	OSType Toggle `yaml:"os.type"`
	// Version of the distribution.
	OSVersion Toggle `yaml:"os.version"`
}

func defaultSystem() SystemConfig {
	return SystemConfig{ResourceAttributes: SystemAttributes{HostName: on, OSType: on}}
}

// Validate checks the sources of the name.
func (c *SystemConfig) Validate() error {
	var problems []error
	for i, source := range c.HostnameSources {
		if hostNames[source] == nil {
			problems = append(problems, &config.Problem{Where: fmt.Sprintf("hostname_sources[%d]", i), What: fmt.Sprintf("%q is not known", source), Fix: "dns, os, cname or lookup"})
		}
	}
	return errors.Join(problems...)
}

// systemDetector asks the operating system.
type systemDetector struct {
	cfg     SystemConfig
	sources []string
}

func newSystem(cfg SystemConfig) systemDetector {
	sources := cfg.HostnameSources
	if len(sources) == 0 {
		sources = []string{"dns", "os"}
	}
	return systemDetector{cfg, sources}
}

func (d systemDetector) detect(ctx context.Context) (*attributes, error) {
	name, err := d.hostName(ctx)
	if err != nil {
		return nil, err
	}
	out := enabledBy(d.cfg.ResourceAttributes)
	out.text("host.name", name)
	out.text("os.type", osType(runtime.GOOS))
	out.text("host.arch", hostArch(runtime.GOARCH))
	// What cannot be found out is left out; the rest is still good.
	err = errors.Join(out.addOS(ctx), out.addNetwork(), out.addCPU(ctx))
	if err != nil {
		return out, &partialError{err}
	}
	return out, nil
}

func (d systemDetector) hostName(ctx context.Context) (string, error) {
	var errs []error
	for _, source := range d.sources {
		name, err := hostNames[source](ctx)
		if err == nil {
			return name, nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", source, err))
	}
	return "", fmt.Errorf("no source has the name of the host: %w", errors.Join(errs...))
}

// addOS adds what the operating system is.
func (a *attributes) addOS(ctx context.Context) (err error) {
	if a.wants("os.version") || a.wants("os.name") || a.wants("os.build.id") {
		about, infoErr := host.InfoWithContext(ctx)
		if infoErr != nil {
			return infoErr
		}
		a.text("os.version", about.PlatformVersion)
		a.text("os.name", about.Platform)
		a.text("os.build.id", buildID(about.KernelVersion))
	}
	if a.wants("host.id") {
		err = errors.Join(err, a.fromSDK(ctx, "host.id", sdkresource.WithHostID()))
	}
	if a.wants("os.description") {
		err = errors.Join(err, a.fromSDK(ctx, "os.description", sdkresource.WithOSDescription()))
	}
	return err
}

// fromSDK adds what OpenTelemetry's SDK finds.
func (a *attributes) fromSDK(ctx context.Context, key string, option sdkresource.Option) error {
	found, err := sdkresource.New(ctx, option)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	if value, ok := found.Set().Value(otelattribute.Key(key)); ok && value.AsString() != "" {
		a.text(key, value.AsString())
		return nil
	}
	return fmt.Errorf("%s: not known", key)
}

// buildID is BUILD_ID of /etc/os-release, or else the version of the kernel.
func buildID(kernel string) string {
	if runtime.GOOS == "linux" {
		if text, err := os.ReadFile("/etc/os-release"); err == nil {
			for _, line := range strings.Split(string(text), "\n") {
				if value, ok := strings.CutPrefix(line, "BUILD_ID="); ok && strings.Trim(value, `"`) != "" {
					return strings.Trim(value, `"`)
				}
			}
		}
	}
	return kernel
}

// addNetwork adds the network interfaces.
func (a *attributes) addNetwork() error {
	if !a.wants("host.interface") && !a.wants("host.ip") && !a.wants("host.mac") {
		return nil
	}
	all, err := net.Interfaces()
	if err != nil {
		return err
	}
	var names, ips, macs []string
	for _, each := range all {
		names = append(names, each.Name)
		if each.Flags&net.FlagUp == 0 || each.Flags&net.FlagLoopback != 0 {
			continue
		}
		macs = append(macs, strings.ToUpper(strings.ReplaceAll(each.HardwareAddr.String(), ":", "-")))
		addresses, err := each.Addrs()
		if err != nil {
			return err
		}
		for _, address := range addresses {
			if ip, _, err := net.ParseCIDR(address.String()); err == nil && !ip.IsLoopback() {
				ips = append(ips, ip.String())
			}
		}
	}
	a.texts("host.ip", ips)
	a.texts("host.mac", macs)
	a.texts("host.interface", names)
	return nil
}

// addCPU adds what the first processor is.
func (a *attributes) addCPU(ctx context.Context) error {
	wanted := false
	for key := range a.enabled {
		wanted = wanted || strings.HasPrefix(key, "host.cpu.") && a.wants(key)
	}
	if !wanted {
		return nil
	}
	all, err := cpu.InfoWithContext(ctx)
	if err != nil || len(all) == 0 {
		return err
	}
	one := all[0]
	a.text("host.cpu.vendor.id", one.VendorID)
	a.text("host.cpu.family", one.Family)
	if one.Model != "" {
		a.text("host.cpu.model.id", one.Model)
	}
	a.text("host.cpu.model.name", one.ModelName)
	a.text("host.cpu.stepping", fmt.Sprint(one.Stepping))
	a.set("host.cpu.cache.l2.size", otlp.IntValue(int64(one.CacheSize)))
	return nil
}

// osType is the value of os.type for what Go calls the system.
func osType(goos string) string {
	switch goos {
	case "dragonfly":
		return "dragonflybsd"
	case "zos":
		return "z_os"
	}
	return goos
}

// hostArch is the value of host.arch for what Go calls the architecture.
func hostArch(goarch string) string {
	switch goarch {
	case "arm":
		return "arm32"
	case "ppc64le":
		return "ppc64"
	case "386":
		return "x86"
	}
	return goarch
}
