package simulate

import "time"

// Device is a thing that publishes, as plain data: how to register it, and what
// it plays.
type Device struct {
	// ID is the id to register it by; a device that signs in itself does so by it.
	ID, Name, Kind, Model string
	// Codec and External are how its format names it: "native" and the id, or
	// "zigbee2mqtt" and "homes/h03/zigbee2mqtt/front door".
	Codec, External string
	// Resident wears it, or it is fixed in Home; a gateway is fixed too.
	Resident, Home string
	// Gateway publishes what other devices say, on topics that Filters match.
	Gateway bool
	Filters []string
	// Behind is the gateway over whose connection it publishes; "" for its own.
	Behind string
	Make   Make
	// Room is where it is fixed, and Zone how the registry calls that; "" for one
	// that is worn or carried about.
	Room Room
	Zone string
}

// Login is who signs in for the device.
func (d *Device) Login() string {
	if d.Behind != "" {
		return d.Behind
	}
	return d.ID
}

// Resident is a person and where they live.
type Resident struct {
	ID, Name, Pinyin string
	// BirthDate is a day of the calendar, "1941-03-05".
	BirthDate, Sex string
	Home, Room     string
	Person         Person
}

// Home is where residents live.
type Home struct{ ID, Name string }

// Homes is a neighbourhood: everything that is played.
type Homes struct {
	Homes     []Home
	Residents []Resident
	Devices   []Device
}

// Message is what a device publishes.
type Message struct {
	Topic   string
	Payload []byte
	Retain  bool
}

// Make is what sort of device it is, of which maker.
type Make string

// The makes that are played, each in its own format.
const (
	Bracelet     Make = "bracelet"      // native JSON: pulse, oxygen, breathing, steps
	Cuff         Make = "cuff"          // native JSON, stored and sent in arrays
	Thermometer  Make = "thermometer"   // native JSON, in Fahrenheit
	GlucosePatch Make = "glucose patch" // SenML in JSON
	AirMonitor   Make = "air monitor"   // SenML in CBOR
	Hub          Make = "hub"           // a gateway itself: says nothing but its status
	Motion       Make = "motion sensor" // zigbee2mqtt, and so on
	Contact      Make = "door contact"
	SmokeAlarm   Make = "smoke alarm"
	SOSButton    Make = "SOS button"
	LeakSensor   Make = "leak sensor"
	BedSensor    Make = "bed sensor"        // zigbee2mqtt vibration sensor under the mattress
	Hygrometer   Make = "thermo-hygrometer" // OpenMQTTGateway
	Scale        Make = "scale"             // OpenMQTTGateway
	Plug         Make = "plug"              // Tasmota: the kettle's
)

// cadence is how often a make looks whether it has something to say.
var cadence = map[Make]time.Duration{
	Bracelet: 5 * time.Second, Cuff: 6 * time.Hour, Thermometer: 4 * time.Hour, GlucosePatch: 5 * time.Minute, AirMonitor: time.Minute,
	Hub: time.Minute, Motion: 10 * time.Second, Contact: 10 * time.Second, SmokeAlarm: 30 * time.Minute, SOSButton: 10 * time.Second,
	LeakSensor: 30 * time.Minute, BedSensor: 10 * time.Second, Hygrometer: 45 * time.Second, Scale: 24 * time.Hour, Plug: 30 * time.Second,
}
