package records

// Occupy takes all places for hashing, until release is called.
func (s *Users) Occupy() (release func()) {
	for range hashesAtOnce {
		s.hashing <- struct{}{}
	}
	return func() {
		for range hashesAtOnce {
			<-s.hashing
		}
	}
}
