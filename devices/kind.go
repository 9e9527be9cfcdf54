package devices

// Kind is what kind of thing a device is, and what it is called; "" for one that
// is not known.
func (r *Registry) Kind(device string) (kind, name string) {
	e, ok := r.current.Load().byID[device]
	if !ok {
		return "", ""
	}
	return e.device.Kind, e.device.Name
}
