package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oriel-io/oriel/internal/budget"
	"github.com/oriel-io/oriel/internal/bytepool"
)

// UDPOptions say how datagrams are received.
type UDPOptions struct {
	// Address to listen on, host:port. Port 0 takes a free one.
	Endpoint string
	// Most bytes of a datagram. Longer ones are dropped: their end is missing.
	MaxBytes int
	// Most datagrams that wait to be handled; with a full queue new ones are dropped.
	Queue int
	// How many datagrams are handled at once.
	Workers int
	// How many goroutines read the socket. One, the default, takes some hundred thousand datagrams a second.
	Readers int
	// Bytes that the system keeps for us while we are busy; 0 leaves it at its default.
	ReceiveBuffer int
}

// Datagram is one that was received.
type Datagram struct {
	Data []byte // lent until the handler returns
	From netip.AddrPort
}

// UDPDrops counts datagrams that were not handled, by the reason.
type UDPDrops struct {
	Queue    int64 // the queue was full
	Memory   int64 // the memory budget was full
	TooLarge int64 // longer than MaxBytes
	Stopped  int64 // still waiting when the time to shut down was over
}

// UDPListener is a Listener of datagrams. Nothing is ever answered.
//
// Readers take datagrams out of the socket and queue them; workers hand them to the handler. The
// readers read one socket, each by a descriptor of its own, because Go lets one goroutine at a
// time read one. So all of them see the same queue of the system, and none is favoured.
type UDPListener struct {
	*Listener
	servers *Servers
	options UDPOptions
	place   string
	log     *slog.Logger
	memory  *budget.Budget
	handle  func(ctx context.Context, d Datagram)

	conns   []*net.UDPConn // of the readers; the first one is the socket's own
	inode   uint64         // of the socket, 0 if unknown
	queue   chan packet
	readers sync.WaitGroup
	workers sync.WaitGroup
	cut     context.CancelFunc // ends the context of handlers
	ctx     context.Context

	drops struct{ queue, memory, tooLarge, stopped atomic.Int64 }
}

type packet struct {
	body *bytepool.Buffer
	from netip.AddrPort
}

// ListenUDP opens a UDP socket and calls handle, from several goroutines, for each datagram. Its
// context ends when the listener is cut off. Owner is the name in the errors of others
// and in the status page.
func (s *Servers) ListenUDP(owner string, options UDPOptions, handle func(ctx context.Context, d Datagram)) (*UDPListener, error) {
	options = options.withDefaults()
	s.mu.Lock()
	defer s.mu.Unlock()
	fail := func(err error) (*UDPListener, error) { return nil, s.failed(owner, "udp", options.Endpoint, err) }

	conn, err := s.udpSocketAt(options.Endpoint)
	if err != nil {
		return fail(err)
	}
	l := &UDPListener{
		Listener: &Listener{owner: owner, protocol: "udp", endpoint: options.Endpoint, addr: conn.LocalAddr()},
		servers:  s, options: options, place: udpPlace(conn.LocalAddr()), log: s.log, memory: s.memory, handle: handle,
		conns: []*net.UDPConn{conn}, inode: socketInode(conn), queue: make(chan packet, options.Queue),
	}
	if err := l.prepare(); err != nil {
		l.closeSockets()
		return fail(err)
	}
	l.close = l.stop
	l.ctx, l.cut = context.WithCancel(context.Background())
	s.listeners = append(s.listeners, l.Listener)
	for _, conn := range l.conns {
		l.readers.Go(func() { l.read(conn) })
	}
	for range options.Workers {
		l.workers.Go(l.work)
	}
	return l, nil
}

func (o UDPOptions) withDefaults() UDPOptions {
	for _, field := range []struct {
		value     *int
		otherwise int
	}{{&o.MaxBytes, 65_507}, {&o.Queue, 1000}, {&o.Workers, 1}, {&o.Readers, 1}} {
		if *field.value <= 0 {
			*field.value = field.otherwise
		}
	}
	return o
}

// udpSocketAt opens a socket, or takes over one that is parked. The caller holds mu.
func (s *Servers) udpSocketAt(endpoint string) (*net.UDPConn, error) {
	if endpoint == "" {
		return nil, errors.New("no address is set; want host:port, for example 127.0.0.1:6831")
	}
	addr, err := net.ResolveUDPAddr("udp", endpoint)
	if err != nil {
		return nil, err
	}
	place := udpPlace(addr)
	if parked := s.parkedUDP[place]; parked != nil {
		delete(s.parkedUDP, place)
		return parked, nil
	}
	conn, err := net.ListenUDP("udp", addr)
	if err == nil {
		return conn, nil
	}
	for _, l := range s.listeners {
		if l.protocol == "udp" && l.addr != nil && udpPlace(l.addr) == place {
			return nil, fmt.Errorf("%s listens there already", l.owner)
		}
	}
	if isAddrInUse(err) {
		return nil, inUseError("udp", endpoint, err)
	}
	if cause, ok := errors.AsType[*net.OpError](err); ok && cause.Err != nil {
		return nil, cause.Err // the OpError would say "listen udp" and the address again
	}
	return nil, err
}

// udpPlace is one text for each socket; see placeOf.
func udpPlace(addr net.Addr) string {
	udp, ok := addr.(*net.UDPAddr)
	if !ok {
		return addr.String()
	}
	return placeOf(&net.TCPAddr{IP: udp.IP, Port: udp.Port, Zone: udp.Zone})
}

// prepare sets the size of the socket's buffer and makes the descriptors of the other readers.
func (l *UDPListener) prepare() error {
	if want := l.options.ReceiveBuffer; want > 0 {
		if err := l.conns[0].SetReadBuffer(want); err != nil {
			return fmt.Errorf("set the receive buffer to %d bytes: %w", want, err)
		}
		if got := receiveBuffer(l.conns[0]); got > 0 && got < want {
			l.log.Warn("the system gives a smaller receive buffer than asked for; raise net.core.rmem_max",
				"listener", l.owner, "asked", want, "got", got)
		}
	}
	for len(l.conns) < l.options.Readers {
		second, err := duplicateUDP(l.conns[0])
		if err != nil {
			return err
		}
		l.conns = append(l.conns, second)
	}
	return nil
}

// errorPause keeps a socket that fails again and again from taking a core. It is not known to happen.
const errorPause = 100 * time.Millisecond

// read takes datagrams out of the socket until it is closed, or its deadline is over.
func (l *UDPListener) read(conn *net.UDPConn) {
	buffer := make([]byte, l.options.MaxBytes+1) // the extra byte tells what is too long
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			if errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) {
				return
			}
			l.log.Error("cannot read the UDP socket", "listener", l.owner, "error", err)
			time.Sleep(errorPause)
			continue
		}
		if n > l.options.MaxBytes {
			l.drop(&l.drops.tooLarge)
			continue
		}
		l.enqueue(buffer[:n], from)
	}
}

func (l *UDPListener) enqueue(data []byte, from netip.AddrPort) {
	if !l.memory.Admit(int64(len(data))) {
		l.drop(&l.drops.memory)
		return
	}
	body := bytepool.Get(len(data))
	copy(body.Bytes(), data)
	select {
	case l.queue <- packet{body, netip.AddrPortFrom(from.Addr().Unmap(), from.Port())}:
	default:
		l.release(body)
		l.drop(&l.drops.queue)
	}
}

func (l *UDPListener) release(body *bytepool.Buffer) {
	l.memory.Free(int64(len(body.Bytes())))
	body.Release()
}

func (l *UDPListener) drop(counter *atomic.Int64) {
	counter.Add(1)
	l.Refused(1)
}

// work handles datagrams until the queue is closed and empty.
func (l *UDPListener) work() {
	for p := range l.queue {
		if l.ctx.Err() != nil {
			l.drop(&l.drops.stopped)
		} else {
			l.handle(l.ctx, Datagram{p.body.Bytes(), p.from})
		}
		l.release(p.body)
	}
}

// lastRead is for how long a listener that is closed reads what waits in the socket's buffer.
const lastRead = 20 * time.Millisecond

// stop reads what is there, handles what waits, and gives up what is left when ctx ends. During a reload
// the socket stays, and the system keeps what comes for the next owner.
func (l *UDPListener) stop(ctx context.Context) error {
	s := l.servers
	s.mu.Lock()
	s.forget(l.Listener)
	if s.reloading {
		if second, err := duplicateUDP(l.conns[0]); err == nil {
			s.parkedUDP[l.place] = second
		}
	}
	s.mu.Unlock()
	for _, conn := range l.conns {
		// It can only fail on a closed socket.
		_ = conn.SetReadDeadline(time.Now().Add(lastRead))
	}
	l.readers.Wait()
	l.closeSockets()
	close(l.queue)
	stop := context.AfterFunc(ctx, l.cut)
	l.workers.Wait()
	l.cut()
	if !stop() {
		return ctx.Err()
	}
	return nil
}

func (l *UDPListener) closeSockets() {
	for _, conn := range l.conns {
		conn.Close()
	}
}

// Drops counts what was not handled so far.
func (l *UDPListener) Drops() UDPDrops {
	return UDPDrops{l.drops.queue.Load(), l.drops.memory.Load(), l.drops.tooLarge.Load(), l.drops.stopped.Load()}
}

// KernelDrops counts datagrams that the system dropped because the socket's buffer was
// full; 0 where the system does not tell. It reads /proc.
func (l *UDPListener) KernelDrops() int64 { return kernelDrops("/proc", l.inode) }

// duplicateUDP makes a second descriptor of a socket.
func duplicateUDP(conn *net.UDPConn) (*net.UDPConn, error) {
	file, err := conn.File()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	second, err := net.FilePacketConn(file)
	if err != nil {
		return nil, err
	}
	udp, ok := second.(*net.UDPConn)
	if !ok {
		second.Close()
		return nil, fmt.Errorf("a %T is no UDP socket", second)
	}
	return udp, nil
}
