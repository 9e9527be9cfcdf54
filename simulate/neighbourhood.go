package simulate

import (
	"fmt"
	"time"
)

// Neighbourhood is the demo's: 12 residents in 10 homes with 40-odd devices of
// different makes. It is always the same.
func Neighbourhood() Homes {
	people := []struct {
		name, pinyin, born, sex, home string
		weight                        float64
		conditions                    []Condition
		own                           []Make // worn
		fixed                         []Make // in the home
	}{
		{"李桂芳", "Li Guifang", "1941-03-05", "female", "1-101", 56, []Condition{Hypertension}, []Make{Bracelet, Cuff}, []Make{Motion, Contact, SOSButton}},
		{"王建国", "Wang Jianguo", "1938-11-21", "male", "1-102", 68, []Condition{COPD}, []Make{Bracelet}, []Make{AirMonitor, SmokeAlarm, Motion}},
		{"陈秀英", "Chen Xiuying", "1944-07-14", "female", "1-201", 61, []Condition{Diabetes}, []Make{GlucosePatch, Bracelet}, []Make{Hygrometer}},
		{"陈志强", "Chen Zhiqiang", "1942-01-30", "male", "1-201", 74, nil, []Make{Bracelet, Cuff}, nil},
		{"刘玉兰", "Liu Yulan", "1935-09-09", "female", "1-302", 49, []Condition{AtrialFibrillation}, []Make{Bracelet}, []Make{BedSensor, Motion, Contact}},
		{"张德明", "Zhang Deming", "1946-05-17", "male", "2-101", 71, nil, []Make{Bracelet, Thermometer}, []Make{Plug}},
		{"赵淑珍", "Zhao Shuzhen", "1940-12-02", "female", "2-103", 58, []Condition{Hypertension, Diabetes}, []Make{GlucosePatch, Cuff, Bracelet}, []Make{Scale}},
		{"周国华", "Zhou Guohua", "1937-04-26", "male", "2-202", 66, []Condition{COPD, Hypertension}, []Make{Bracelet, Thermometer}, []Make{Hygrometer, Scale}},
		{"吴美玲", "Wu Meiling", "1943-08-08", "female", "2-301", 54, nil, []Make{Bracelet}, []Make{Motion, LeakSensor, SOSButton}},
		{"孙福生", "Sun Fusheng", "1939-02-11", "male", "3-102", 63, nil, []Make{Bracelet, Cuff}, []Make{AirMonitor}},
		{"黄爱华", "Huang Aihua", "1945-10-19", "female", "3-102", 60, []Condition{Hypertension}, []Make{Bracelet}, nil},
		{"郑文秀", "Zheng Wenxiu", "1934-06-23", "female", "3-201", 47, nil, []Make{Bracelet, Thermometer}, []Make{Plug, Hygrometer}},
	}
	var n Homes
	homes := map[string]string{}
	for i, p := range people {
		home, ok := homes[p.home]
		if !ok {
			home = fmt.Sprintf("h%02d", len(n.Homes)+1)
			homes[p.home] = home
			n.Homes = append(n.Homes, Home{ID: home, Name: p.home})
		}
		r := Resident{
			ID: fmt.Sprintf("r%02d", i+1), Name: p.name, Pinyin: p.pinyin, BirthDate: p.born, Sex: p.sex, Home: home,
			Person: Person{Seed: stream(1, p.pinyin), Zone: china, Conditions: p.conditions, Weight: p.weight},
		}
		n.Residents = append(n.Residents, r)
		n.equip(r, p.own, p.fixed)
	}
	return n
}

// china has had one time since 1991, without summer time.
var china = time.FixedZone("Asia/Shanghai", 8*3600)

// Generate makes up a neighbourhood of n residents, one in each home.
func Generate(n int, seed uint64) Homes {
	var homes Homes
	// The first kit shows every kind of episode, so that one that is asked for
	// alone is not in vain: it happens to the first resident.
	kits := []struct{ own, fixed []Make }{
		{[]Make{Bracelet, Cuff, Thermometer, GlucosePatch}, []Make{Motion, Contact, SOSButton}},
		{[]Make{Bracelet, GlucosePatch}, []Make{Hygrometer, Scale}},
		{[]Make{Bracelet, Thermometer}, []Make{AirMonitor, Plug}},
		{[]Make{Bracelet}, []Make{Motion, BedSensor, SmokeAlarm, LeakSensor}},
	}
	illnesses := [][]Condition{nil, {Hypertension}, {COPD}, {Diabetes}, nil, {AtrialFibrillation}}
	for i := range n {
		home := Home{ID: fmt.Sprintf("sim-h%d", i+1), Name: fmt.Sprintf("S-%d", i+1)}
		r := Resident{
			ID: fmt.Sprintf("sim-r%d", i+1), Name: fmt.Sprintf("Resident %d", i+1), BirthDate: "1942-01-01", Sex: "unknown", Home: home.ID,
			Person: Person{Seed: stream(seed, fmt.Sprint("person", i)), Zone: china, Conditions: illnesses[i%len(illnesses)], Weight: 50 + float64(i*7%30)},
		}
		homes.Homes = append(homes.Homes, home)
		homes.Residents = append(homes.Residents, r)
		kit := kits[i%len(kits)]
		homes.equip(r, kit.own, kit.fixed)
	}
	return homes
}

// equip gives a resident devices, with the hubs that they need.
func (n *Homes) equip(r Resident, own, fixed []Make) {
	for _, m := range own {
		id := fmt.Sprintf("%s-%s", r.ID, short[m])
		n.Devices = append(n.Devices, Device{ID: id, Name: title[m], Kind: string(m), Model: "Anxin " + string(m), Codec: "native", External: id, Resident: r.ID, Make: m})
	}
	zigbee, bluetooth := r.Home+"-zigbee", r.Home+"-ble"
	hubs := map[string]bool{}
	hub := func(id, model, filter string) {
		if !hubs[id] {
			hubs[id] = true
			n.Devices = append(n.Devices, Device{ID: id, Name: model, Kind: string(Hub), Model: model, Codec: "native", External: id, Home: r.Home, Gateway: true, Filters: []string{filter}, Make: Hub})
		}
	}
	for _, m := range fixed {
		id := fmt.Sprintf("%s-%s", r.Home, short[m])
		d := Device{ID: id, Name: title[m], Kind: string(m), Home: r.Home, Make: m, Room: standsIn[m], Zone: zoneOf[m]}
		switch m {
		case AirMonitor:
			d.Codec, d.External, d.Model = "native", id, "Anxin air"
		case Plug:
			hub(id+"-link", "Tasmota", "tele/"+id+"/#")
			d.Codec, d.External, d.Model, d.Behind = "tasmota", id, "Tasmota plug", id+"-link"
		case Hygrometer, Scale:
			hub(bluetooth, "OpenMQTTGateway", "home/"+bluetooth+"/#")
			d.Codec, d.External, d.Behind = "openmqttgateway", fmt.Sprintf("%012x", stream(7, id)&0xFFFFFFFFFFFF), bluetooth
			d.Model = "Xiaomi"
		default:
			hub(zigbee, "zigbee2mqtt", "zigbee2mqtt/"+r.Home+"/#")
			d.Codec, d.External, d.Behind = "zigbee2mqtt", "zigbee2mqtt/"+r.Home+"/"+string(m), zigbee
			d.Model = "Aqara"
		}
		n.Devices = append(n.Devices, d)
	}
}

var short = map[Make]string{
	Bracelet: "band", Cuff: "cuff", Thermometer: "thermo", GlucosePatch: "cgm", AirMonitor: "air", Motion: "motion", Contact: "door",
	SmokeAlarm: "smoke", SOSButton: "sos", LeakSensor: "leak", BedSensor: "bed", Hygrometer: "hygro", Scale: "scale", Plug: "plug",
}

// title is in both languages of the pages, as the names of residents are: a
// device has one name.
var title = map[Make]string{
	Bracelet: "手环 Bracelet", Cuff: "血压计 Blood pressure cuff", Thermometer: "体温计 Thermometer", GlucosePatch: "血糖贴 Glucose patch",
	AirMonitor: "空气监测 Air monitor", Motion: "客厅活动 Motion, living room", Contact: "大门 Front door", SmokeAlarm: "烟雾报警 Smoke alarm",
	SOSButton: "求助按钮 SOS button", LeakSensor: "漏水感应 Leak sensor", BedSensor: "床垫 Bed sensor", Hygrometer: "温湿度 Thermo-hygrometer",
	Scale: "体重秤 Scale", Plug: "水壶 Kettle",
}

var standsIn = map[Make]Room{Motion: LivingRoom, Contact: Hall, BedSensor: Bedroom, LeakSensor: Bathroom, SmokeAlarm: Kitchen, Plug: Kitchen}

var zoneOf = map[Make]string{
	Motion: "living_room", Contact: "entrance", BedSensor: "bedroom", LeakSensor: "bathroom", SmokeAlarm: "kitchen", Plug: "kitchen",
	AirMonitor: "living_room", Hygrometer: "bedroom", Scale: "bathroom", SOSButton: "bedroom",
}
