package audit

import "context"

// Piece is the piece of work in which something is seen or changed: a request.
type Piece struct {
	Via     Via
	What    string
	Address string
	// Session tells one sign-in of an actor from another; it is not written down.
	Session string
}

type pieceKey struct{}

// In says that what is done with the context belongs to a piece of work.
func In(ctx context.Context, p Piece) context.Context { return context.WithValue(ctx, pieceKey{}, p) }

// pieceOf is the piece of work that a context belongs to: Anxin's own, when
// nobody has said.
func pieceOf(ctx context.Context) Piece {
	if p, ok := ctx.Value(pieceKey{}).(Piece); ok {
		return p
	}
	return Piece{Via: Service}
}
