package devices

// Sensor is what kind of thing a device in use is, and where it stands; "" for
// what is not known.
func (r *Registry) Sensor(device string) (kind string, zone Zone) {
	e, ok := r.current.Load().byID[device]
	if !ok {
		return "", ""
	}
	return e.device.Kind, e.device.Zone
}
