package person

// A Process is a program that runs.
type Process struct {
	// Name is that of its file, cut to 15 bytes by Linux.
	Name string
	// ID tells it from every other process since the machine was started.
	ID string
}
