package vitals

// Metric is what is measured. Its number is written to disk: numbers are never
// reused or changed, new metrics are added at the end.
type Metric uint8

// The metrics. The catalogue tells the unit, codes and bounds of each.
const (
	HeartRate             Metric = 1
	BPSystolic            Metric = 2
	BPDiastolic           Metric = 3
	BPMean                Metric = 4
	SpO2                  Metric = 5
	RespiratoryRate       Metric = 6
	BodyTemperature       Metric = 7
	GlucoseRandom         Metric = 8
	GlucoseFasting        Metric = 9
	Glucose2hPostprandial Metric = 10
	GlucoseCGM            Metric = 11
	HbA1c                 Metric = 12
	BodyWeight            Metric = 13
	BodyHeight            Metric = 14
	BMI                   Metric = 15
	WaistCircumference    Metric = 16
	CholesterolTotal      Metric = 17
	INR                   Metric = 18
	PeakExpiratoryFlow    Metric = 19
	HRVSDNN               Metric = 20
	HRVRMSSD              Metric = 21
	ECGRhythm             Metric = 22
	Consciousness         Metric = 23
	SupplementalOxygen    Metric = 24
	OxygenFlow            Metric = 25
	PainScore             Metric = 26
	NEWS2Total            Metric = 27
	StepCount             Metric = 28
	ActiveMinutes         Metric = 29
	SleepDuration         Metric = 30
	BedPresence           Metric = 31
	Motion                Metric = 32
	DoorContact           Metric = 33
	FallEvent             Metric = 34
	SOSButton             Metric = 35
	Smoke                 Metric = 36
	CarbonMonoxide        Metric = 37
	WaterLeak             Metric = 38
	GasLeak               Metric = 39
	MedicationDispensed   Metric = 40
	Enuresis              Metric = 41
	RoomTemperature       Metric = 42
	RoomHumidity          Metric = 43
	CO2                   Metric = 44
	FluidIntake           Metric = 45
	DeviceBattery         Metric = 46

	Online            Metric = 47 // device reachable, as its status or will says
	SignalRSSI        Metric = 48 // dBm
	LinkQuality       Metric = 49 // zigbee LQI, 0 to 255
	BatteryVoltage    Metric = 50
	DeviceTemperature Metric = 51 // the sensor's own chip
	Tamper            Metric = 52
	Illuminance       Metric = 53
	RoomPressure      Metric = 54
	Presence          Metric = 55 // somebody is in the room or zone
	PresenceZone      Metric = 56
	TargetDistance    Metric = 57 // radar
	Vibration         Metric = 58
	Button            Metric = 59 // a button that is not an SOS button
	Switch            Metric = 60
	BodyImpedance     Metric = 61
	BodyFat           Metric = 62
	Formaldehyde      Metric = 63
	PM25              Metric = 64
	PM10              Metric = 65
	VOC               Metric = 66
	Power             Metric = 67
	Energy            Metric = 68
	Voltage           Metric = 69 // mains
	Current           Metric = 70
	Noise             Metric = 71
	BatteryLow        Metric = 72
	Distance          Metric = 73 // of a worn tag from its gateway, or walked
	CarbonMonoxidePPM Metric = 74 // numeric CO concentration; CarbonMonoxide is the alarm's state
)
