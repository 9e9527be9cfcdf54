package codec

import "github.com/anxin-care/anxin/vitals"

// Message is what arrived over MQTT, with what the transport knows about it.
type Message struct {
	Topic   string
	Payload []byte
	// Filter is the topic filter of the binding that chose the codec, and Rest
	// the levels that its "#" matched ("" when it has none). For the filter
	// "zigbee2mqtt/#" and the topic "zigbee2mqtt/hall/door", Rest is "hall/door".
	Filter, Rest string
	// Retained is set when the broker handed over a kept copy: it tells a state,
	// never an event.
	Retained bool
	// Received is when it arrived, in Unix milliseconds.
	Received int64
}

// Report is what one device said in a message.
type Report struct {
	// Device is the device as this format names it, unique within the codec: the
	// native format's topic level, zigbee2mqtt's base topic and friendly name, a
	// Bluetooth address in lower-case hex without separators.
	Device   string
	Samples  []vitals.Sample
	Firmware string
	// Passed lists the fields that gave no reading and why, for the counts:
	// "temperature: null", "tempc: sentinel 127.99". Fields that never hold a
	// reading are not listed.
	Passed []string
	// Echoes are the events among Samples that the format may say again when it
	// tells of something else.
	Echoes []Echo
}

// Echo is an event that a hub says again out of its memory, where that something
// happened once more and that it happened before look the same.
type Echo struct {
	Metric vitals.Metric
	// Lasts is set for one that is told like a state: in each message until it is
	// over. Then the change alone is news.
	Lasts bool
}

// Codec turns one payload format into readings.
type Codec interface {
	// Name is the format's short name, as bindings and the API use it.
	Name() string
	// Filters are the topic filters under which the format is found by default.
	Filters() []string
	// Decode reads a message. No reports and no error means that the message is
	// the format's own housekeeping and holds nothing about a device. An error
	// sends the message to the quarantine, whole.
	//
	// Decode does not keep m.Payload, and never panics, whatever it is given.
	Decode(m Message) ([]Report, error)
}
