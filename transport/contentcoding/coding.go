// Package contentcoding undoes the compression of HTTP and gRPC bodies from one
// slice into another, so that what a body may cost is decided before it is
// inflated.
//
// Begin with Coding. A caller asks Size first, refuses what is too large,
// provides the room and calls Into; no coding allocates by what its input
// claims.
package contentcoding

import "errors"

// ErrShort says that the data inflates to more than the room that was given.
var ErrShort = errors.New("contentcoding: the data inflates to more than there is room for")

// Coding is one content coding. Safe for concurrent use.
type Coding struct {
	// Size is the least that valid data inflates to, as far as its headers,
	// its trailer or a quick walk tell. exact: it is all, if data does not lie.
	Size func(data []byte) (size int64, exact bool)
	// Least is the least that data which begins with prefix inflates to, up to
	// about enough; it tells a bomb from its beginning. It inflates nothing, but where
	// Decodes is set it takes about as long as Into, unless prefix is of a bomb.
	Least   func(prefix []byte, enough int64) int64
	Decodes bool
	// Into inflates data into room and says how much it was; Slack bytes of
	// room to spare make it faster. It writes nowhere
	// else. What it wrote before an error is of no use.
	//
	// Errors: ErrShort, and others that say what is wrong with data.
	Into func(room, data []byte) (int, error)
}

// codings by their name as a Content-Encoding. HTTP's "deflate" is zlib's
// format (RFC 9110, section 8.4.1.2). "snappy" is one block or frames, as its
// first bytes tell: senders disagree about the name.
var codings = map[string]*Coding{
	"gzip":            {gzipSize, gzipLeast, true, gzipInto},
	"deflate":         {zlibSize, zlibLeast, true, zlibInto},
	"zlib":            {zlibSize, zlibLeast, true, zlibInto},
	"zstd":            {zstdSize, least(zstdSize), false, zstdInto},
	"snappy":          {snappySize, least(snappySize), false, snappyInto},
	"x-snappy-framed": {framedSize, least(framedSize), false, framedInto},
	"lz4":             {lz4Size, least(lz4Size), false, lz4Into},
}

// Names lists all codings.
func Names() []string {
	return []string{"gzip", "zstd", "zlib", "snappy", "deflate", "lz4", "x-snappy-framed"}
}

// Lookup finds a coding by its name in lower case, nil if it is not known.
func Lookup(name string) *Coding { return codings[name] }

// least is for codings whose sizes stand in front of what they are of, so that Size
// works on a prefix too.
func least(size func(data []byte) (int64, bool)) func(prefix []byte, enough int64) int64 {
	return func(prefix []byte, _ int64) int64 {
		n, _ := size(prefix)
		return n
	}
}
