package devices

import "github.com/anxin-care/anxin/store"

// The kinds of fault, for errors.Is.
var (
	ErrNotFound = store.ErrNotFound
	ErrConflict = store.ErrConflict
	ErrInvalid  = store.ErrInvalid
)

// Codes of the faults that are not simply "device.not_found",
// "home.not_found", "resident.not_found", "device.invalid" or "home.invalid".
const (
	// CodeDeviceExists: the id is taken, perhaps by a retired device.
	CodeDeviceExists = "device.exists"
	// CodeExternalTaken: another device has this name in this format.
	CodeExternalTaken = "device.external_taken"
	// CodeHomeExists: the id is taken.
	CodeHomeExists = "home.exists"
	// CodeWorn: somebody wears the device then; Params["resident"] says who.
	CodeWorn = "device.worn"
	// CodeNotWorn: nobody wears the device.
	CodeNotWorn = "device.not_worn"
	// CodeWornBySeveral: several others wore the device in the time that is to be
	// corrected.
	CodeWornBySeveral = "device.worn_by_several"
	// CodeWornSo: who wore the device is known so already.
	CodeWornSo = "device.worn_so"
	// CodeWornChanged: who wore the device is another than when it was looked at.
	CodeWornChanged = "device.worn_changed"
	// CodeErased: all that is kept of who is to wear it is being erased.
	CodeErased = "device.erased"
	// CodeFixed: the device is fixed in a home; Params["home"] says which.
	CodeFixed = "device.fixed"
	// CodeRetired: the device is not used any more.
	CodeRetired = "device.retired"
	// CodeNoLogin: the device is heard through a gateway and does not sign in.
	CodeNoLogin = "device.no_login"
	// CodeUnassigned: a claim must say who wears the device or where it is fixed.
	CodeUnassigned = "device.unassigned"
)

func conflict(code, device, detail string, params map[string]string) error {
	return &store.Fault{Kind: ErrConflict, Code: code, Entity: "device", ID: device, Detail: detail, Params: params}
}
