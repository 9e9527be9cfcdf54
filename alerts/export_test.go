package alerts

// Saving reports that states are on their way to the tables.
func (j *Judge) Saving() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.saving
}
