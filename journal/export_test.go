package journal

// WithoutMemory makes every Read go to the file.
func WithoutMemory() Option { return func(f *File) { f.recent.limit = 0 } }

// WithoutReserve lets Append fill the disk to the last byte.
func WithoutReserve() Option { return func(f *File) { f.reserve = 0 } }
