package api

// AwaitLetters waits until nobody writes a letter any more.
func (a *API) AwaitLetters() {
	a.endLetters()
	for range lettersAtOnce {
		<-a.writing
	}
}
