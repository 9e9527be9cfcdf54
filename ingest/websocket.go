package ingest

import (
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
	"github.com/mochi-mqtt/server/v2/listeners"
)

// webSocket is a listener of the broker for MQTT over WebSocket. The broker's
// own opens its port itself, where our gate could not stand before it.
type webSocket struct {
	listener net.Listener
	tls      *tls.Config
	server   *http.Server
	upgrader websocket.Upgrader
	log      *slog.Logger
}

func newWebSocket(l net.Listener, cfg *tls.Config) *webSocket {
	return &webSocket{listener: l, tls: cfg, upgrader: websocket.Upgrader{
		Subprotocols: []string{"mqtt"},
		// Pages of any origin may connect: a sign-in is still needed, and
		// browsers send none by themselves.
		CheckOrigin: func(*http.Request) bool { return true },
	}}
}

func (w *webSocket) ID() string      { return "websocket" }
func (w *webSocket) Address() string { return w.listener.Addr().String() }

func (w *webSocket) Protocol() string {
	if w.tls != nil {
		return "wss"
	}
	return "ws"
}

func (w *webSocket) Init(log *slog.Logger) error {
	w.log = log
	return nil
}

func (w *webSocket) Serve(establish listeners.EstablishFn) {
	w.server = &http.Server{
		ReadHeaderTimeout: signInTime,
		IdleTimeout:       signInTime, // of who asks for something else and stays
		ErrorLog:          slog.NewLogLogger(w.log.Handler(), slog.LevelDebug),
		Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			c, err := w.upgrader.Upgrade(rw, r, nil)
			if err != nil {
				return
			}
			conn := &webSocketConn{Conn: c.NetConn(), ws: c}
			_ = conn.Conn.SetReadDeadline(time.Now().Add(signInTime))
			_ = establish(w.ID(), &opening{Conn: conn})
			_ = c.Close()
		}),
	}
	l := w.listener
	if w.tls != nil {
		l = tls.NewListener(l, w.tls)
	}
	if err := w.server.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
		w.log.Error("serve MQTT over WebSocket", "error", err)
	}
}

func (w *webSocket) Close(closeClients listeners.CloseFn) {
	closeClients(w.ID())
	if w.server != nil {
		_ = w.server.Close()
	}
	_ = w.listener.Close()
}

// webSocketConn makes one stream of a WebSocket's binary messages.
type webSocketConn struct {
	net.Conn
	ws      *websocket.Conn
	message io.Reader
}

var errText = errors.New("MQTT over WebSocket needs binary messages")

func (c *webSocketConn) Read(p []byte) (int, error) {
	for {
		if c.message == nil {
			kind, r, err := c.ws.NextReader()
			if err != nil {
				return 0, err
			}
			if kind != websocket.BinaryMessage {
				return 0, errText
			}
			c.message = r
		}
		n, err := c.message.Read(p)
		if errors.Is(err, io.EOF) {
			c.message, err = nil, nil
			if n == 0 {
				continue
			}
		}
		return n, err
	}
}

func (c *webSocketConn) Write(p []byte) (int, error) {
	if err := c.ws.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, err
	}
	return len(p), nil
}
