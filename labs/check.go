package labs

// Check is one thing that must be true after a step; its kinds are in the files check_*.go.
type Check interface{}
