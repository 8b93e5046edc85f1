package block

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// folderLock keeps a second process, or a second engine of this one, out of a folder.
type folderLock struct{ f *os.File }

// lockFolder takes the lock; it ends with the process, whatever happens to it.
func lockFolder(dir string) (*folderLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	f, err := os.OpenFile(dir+"/LOCK", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		var pid [32]byte
		n, _ := f.ReadAt(pid[:], 0)
		f.Close()
		who := "another process"
		if n > 0 {
			who = "process " + strings.TrimSpace(string(pid[:n]))
		}
		return nil, fmt.Errorf("store folder %s is in use by %s: stop it or choose another folder with --data", dir, who)
	}
	// The pid is for people; a full disk may not keep it from being written.
	_ = f.Truncate(0)
	_, _ = f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	return &folderLock{f}, nil
}

func (l *folderLock) release() error { return l.f.Close() }
