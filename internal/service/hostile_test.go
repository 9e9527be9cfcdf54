package service_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/internal/service"
)

func TestHostilePayloads(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	var passwords []string
	p := newProcess(t, cfg, func(s *service.Service) { passwords = wearers(t, s, 1) })
	p.start()
	o := paho.NewClientOptions().AddBroker("tcp://" + cfg.MQTTAddr).SetClientID("d-0").SetUsername("d-0").SetPassword(passwords[0]).
		SetWriteTimeout(time.Minute)
	c := paho.NewClient(o)
	if token := c.Connect(); !token.WaitTimeout(time.Minute) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	defer c.Disconnect(0)
	publish := func(payload string) {
		t.Helper()
		token := c.Publish("anxin/v1/devices/d-0/readings", 1, false, payload)
		if !token.WaitTimeout(time.Minute) || token.Error() != nil {
			t.Fatalf("not acknowledged: %v", token.Error())
		}
	}
	year := func(y int) int64 { return time.Date(y, 5, 1, 0, 0, 0, 0, time.UTC).UnixMilli() }

	const many = storedReadings
	var array strings.Builder
	begin := time.Now().Add(-30 * 24 * time.Hour).UnixMilli()
	for i := range many {
		fmt.Fprintf(&array, `,{"ts":%d,"heart_rate":%d}`, begin+int64(i)*1000, 60+i%40)
	}
	huge := strings.Repeat("x", 10<<20)
	for _, tc := range []struct {
		name, payload                  string
		stored, duplicate, quarantined int64
	}{
		{"very many readings in one array", "[" + array.String()[1:] + "]", 1, 0, 0},
		{"the same again", "[" + array.String()[1:] + "]", 0, 1, 0},
		{"10 MB that are no JSON", huge, 0, 0, 1},
		{"10 MB in one string", `{"heart_rate":"` + huge + `"}`, 0, 0, 1},
		{"10 MB of an unknown key beside a reading", `{"spo2":95,"note":"` + huge + `"}`, 1, 0, 0},
		{"deep JSON", strings.Repeat("[", 1_000_000), 0, 0, 1},
		{"deep and closed", strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000), 0, 0, 1},
		{"NaN", `{"heart_rate":NaN}`, 0, 0, 1},
		{"NaN as text", `{"heart_rate":"NaN"}`, 0, 0, 1},
		{"a number as text", `{"respiratory_rate":"16"}`, 1, 0, 0},
		{"a clock of 1970", `{"ts":86400000,"body_temperature":36.6}`, 1, 0, 0},
		{"a clock of 2099", fmt.Sprintf(`{"ts":%d,"body_temperature":36.7}`, year(2099)), 1, 0, 0},
		{"nothing", "", 0, 0, 1},
		{"an empty array", "[]", 0, 0, 1},
	} {
		before := p.balanced()
		publish(tc.payload)
		after := p.balanced()
		diff := func(name string) int64 { return after[name] - before[name] }
		if s, d, q := diff("anxin_messages_stored_total"), diff("anxin_messages_duplicate_total"), diff("anxin_messages_quarantined"); s != tc.stored || d != tc.duplicate || q != tc.quarantined {
			t.Errorf("%s: stored %d, duplicate %d, quarantined %d; want %d, %d, %d", tc.name, s, d, q, tc.stored, tc.duplicate, tc.quarantined)
		}
	}
	p.settled()
	if found := p.readings("r-0", "heart_rate"); len(found) != many {
		t.Errorf("%d of %d readings of the array in the timeline", len(found), many)
	}
	for at := range p.readings("r-0", "body_temperature") {
		if age := time.Since(time.UnixMilli(at)); age > time.Hour || age < -time.Minute {
			t.Errorf("a wrong clock's reading is at %s", time.UnixMilli(at))
		}
	}
	body, err := p.get("/api/v1/devices/d-0")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(body), `"clock_wrong":true`) {
		t.Errorf("the wrong clock is not said: %s", body)
	}
	if peak := p.peakMemory(); peak > 1500 {
		t.Errorf("peak memory %d MiB", peak)
	}
}

// peakMemory is the most that the process has had, in MiB.
func (p *process) peakMemory() (peak int) {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(rest, &peak); err != nil {
		p.t.Fatal(err)
	}
	return peak / 1024
}

// A hub that sends under very many names: all are held, each is listed once, and
// claiming one takes its message in.
func TestUnknownDevicesWithoutEnd(t *testing.T) {
	t.Parallel()
	const many = unknownDevices
	cfg := testConfig(t)
	var password string
	p := newProcess(t, cfg, func(s *service.Service) {
		wearers(t, s, 1)
		_, secret, err := s.Registry.Add(t.Context(), devices.Device{ID: "hub", Gateway: true, Filters: []string{"anxin/v1/devices/#"}})
		if err != nil {
			t.Fatal(err)
		}
		password = secret
	})
	p.start()
	flood(t, cfg.MQTTAddr, "hub", password, many)
	figures := p.balanced()
	if held := figures["anxin_messages_held"]; held != many {
		t.Errorf("%d held of %d", held, many)
	}
	if peak := p.peakMemory(); peak > 1500 {
		t.Errorf("peak memory %d MiB", peak)
	}
	begin := time.Now()
	body, err := p.get("/api/v1/devices/unclaimed?limit=100")
	if err != nil {
		t.Fatal(err)
	}
	var unclaimed []struct{ ID string }
	if err := json.Unmarshal(body, &unclaimed); err != nil || len(unclaimed) != 100 {
		t.Fatalf("%d unclaimed devices listed, want 100: %v", len(unclaimed), err)
	}
	t.Logf("peak memory %d MiB; listing took %s", p.peakMemory(), time.Since(begin))
	if err := p.post("/api/v1/devices/unclaimed/"+unclaimed[0].ID+"/claim", `{"resident":"r-0"}`); err != nil {
		t.Fatal(err)
	}
	p.waitFor("the claimed device's message", func() error {
		f := p.balanced()
		if f["anxin_messages_held"] != many-1 || f["anxin_messages_stored_total"] != 1 {
			return fmt.Errorf("held %d, stored %d", f["anxin_messages_held"], f["anxin_messages_stored_total"])
		}
		return nil
	})
}

// flood publishes one message of each of many devices with QoS 1, with the
// least of a client, and waits for all acknowledgements.
func flood(t *testing.T, addr, login, password string, many int) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	field := func(b []byte, s string) []byte {
		return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
	}
	connect := append(field(nil, "MQTT"), 4, 0xC2, 0, 0)
	connect = field(field(field(connect, login), login), password)
	if _, err := conn.Write(append([]byte{0x10, byte(len(connect))}, connect...)); err != nil {
		t.Fatal(err)
	}
	acks := bufio.NewReader(conn)
	var ack [4]byte
	if _, err := io.ReadFull(acks, ack[:]); err != nil || ack[3] != 0 {
		t.Fatalf("connect: % x, %v", ack, err)
	}
	const window = 1000
	slots := make(chan struct{}, window)
	done := make(chan error, 1)
	go func() {
		var ack [4]byte
		for range many {
			if _, err := io.ReadFull(acks, ack[:]); err != nil {
				done <- err
				return
			}
			<-slots
		}
		done <- nil
	}()
	w := bufio.NewWriterSize(conn, 1<<16)
	for i := range many {
		select {
		case slots <- struct{}{}:
		default:
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			slots <- struct{}{}
		}
		packet := field(nil, fmt.Sprintf("anxin/v1/devices/x-%d/readings", i))
		packet = binary.BigEndian.AppendUint16(packet, uint16(i%60000+1))
		packet = append(packet, `{"heart_rate":72}`...)
		if _, err := w.Write(append([]byte{0x32, byte(len(packet))}, packet...)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
