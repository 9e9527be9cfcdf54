package channels

// MaxSending is how many chat messages the library has under way at most.
const MaxSending = maxSending
