package deliveries

// Action is what a one-tap link does.
type Action string

// The actions.
const (
	Claim      Action = "claim"
	FalseAlarm Action = "false_alarm"
	Look       Action = "open"
)
