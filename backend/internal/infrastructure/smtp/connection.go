package smtp

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/wneessen/go-mail"
	gomail "github.com/wneessen/go-mail/smtp"
)

// mailsAConnection is how many mails go over one connection: many servers hang up after a hundred.
const mailsAConnection = 100

// goodbye is how long the server has to say goodbye; a connection that is closed without is closed too.
const goodbye = time.Second

// connection is one that is open to the mail server. One mail at a time goes over it.
type connection struct {
	client *mail.Client
	smtp   *gomail.Client
	conn   net.Conn
	sent   int
	since  time.Time // when its last mail ended
	usable bool      // the server listens
	stale  bool      // the server had given it up before it had anything of the mail
}

// connect opens a connection, encrypted and authenticated as configured, while ctx lasts.
func (s Sender) connect(ctx context.Context) (_ *connection, err error) {
	c := &connection{}
	var stop func() bool
	c.client, err = s.client(func(dialing context.Context, network, address string) (net.Conn, error) {
		conn, err := s.dial(dialing, network, address)
		if err == nil {
			c.conn, stop = conn, context.AfterFunc(ctx, func() { _ = conn.Close() })
		}
		return conn, err
	})
	if err != nil {
		return nil, err
	}
	c.smtp, err = c.client.DialToSMTPClientWithContext(ctx)
	if stop != nil {
		stop()
	}
	if err != nil && c.conn != nil {
		_ = c.conn.Close()
	}
	return c, err
}

// send sends one mail while ctx lasts, and notes whether another may follow. A kept connection is made as new first, which also shows whether
// the server still listens.
func (c *connection) send(ctx context.Context, message *mail.Msg, kept bool) error {
	stop := context.AfterFunc(ctx, func() { _ = c.conn.Close() })
	c.usable, c.stale = false, false
	if kept {
		err := c.conn.SetDeadline(time.Time{}) // ctx is the limit
		if err == nil {
			err = c.smtp.Reset()
		}
		if err != nil {
			stop()
			c.stale = true
			return err
		}
	}
	err := c.client.SendWithSMTPClient(c.smtp, message)
	c.sent++
	c.usable = stop() && (err == nil || answered(err))
	c.stale = kept && err != nil && gaveUp(err)
	return err
}

// answered tells whether the server refused one recipient or content, and is ready for the next mail.
func answered(err error) bool {
	var refused *mail.SendError
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Reason {
	case mail.ErrSMTPRcptTo, mail.ErrSMTPData, mail.ErrSMTPDataClose:
		return refused.ErrorCode() >= 400 && refused.ErrorCode() != closing
	}
	return false
}

// closing is the reply code of a server that ends the connection.
const closing = 421

// gaveUp tells whether the server ended a connection, or wanted no more mails over it, before it had any content.
func gaveUp(err error) bool {
	var refused *mail.SendError
	if !errors.As(err, &refused) {
		return true // before the first command
	}
	switch refused.Reason {
	case mail.ErrSMTPMailFrom, mail.ErrConnCheck:
		return true
	case mail.ErrSMTPRcptTo, mail.ErrSMTPData:
		return refused.ErrorCode() < 400 || refused.ErrorCode() == closing
	}
	return false
}

// close says goodbye where somebody listens.
func (c *connection) close() {
	if c.usable {
		_ = c.conn.SetDeadline(time.Now().Add(goodbye))
		_ = c.smtp.Quit()
	}
	_ = c.conn.Close()
}

// connections are those that wait for the next mail.
type connections struct {
	most  int
	idle  time.Duration
	mutex sync.Mutex
	free  []*connection // the one that was used last at the end
	timer *time.Timer
}

// take returns the connection that was used last; nil when none is open.
func (p *connections) take() *connection {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if len(p.free) == 0 {
		return nil
	}
	last := p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	return last
}

// give keeps a connection for the next mail, or closes it.
func (p *connections) give(c *connection) {
	p.mutex.Lock()
	keep := c.usable && c.sent < mailsAConnection && len(p.free) < p.most
	if keep {
		c.since = time.Now()
		p.free = append(p.free, c)
		if p.timer == nil {
			p.timer = time.AfterFunc(p.idle, p.tidy)
		}
	}
	p.mutex.Unlock()
	if !keep {
		c.close()
	}
}

// tidy closes what has waited long enough, and comes again while anything waits.
func (p *connections) tidy() {
	p.mutex.Lock()
	var old []*connection
	for len(p.free) > 0 && time.Since(p.free[0].since) >= p.idle {
		old, p.free = append(old, p.free[0]), p.free[1:]
	}
	p.timer = nil
	if len(p.free) > 0 {
		p.timer = time.AfterFunc(p.idle-time.Since(p.free[0].since), p.tidy)
	}
	p.mutex.Unlock()
	closeAll(old)
}

func closeAll(all []*connection) {
	var closing sync.WaitGroup
	for _, c := range all {
		closing.Go(c.close)
	}
	closing.Wait()
}

// Close closes the connections that wait for mails. The sender can still be used.
func (s Sender) Close() {
	p := s.connections
	p.mutex.Lock()
	all := p.free
	p.free = nil
	p.mutex.Unlock()
	closeAll(all)
}

// Try connects, encrypts and logs in as for an email, and says goodbye. Its errors are as Send's.
func (s Sender) Try(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.cfg.Timeout, slow{s.cfg.Timeout})
	defer cancel()
	fresh, err := s.connect(ctx)
	if err != nil {
		return s.failure(cause(ctx, err))
	}
	fresh.usable = true
	fresh.close()
	return nil
}
