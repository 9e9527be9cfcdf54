package healthfile

// Habits are how somebody lives, as the annual check of the national service for
// people of 65 and over asks.
type Habits struct {
	Smoking      Smoking  `json:"smoking,omitempty" enum:"never,stopped,smokes"`
	Cigarettes   *float64 `json:"cigarettes_a_day,omitempty" minimum:"0" maximum:"200"`
	SmokingSince *int     `json:"smoking_from_age,omitempty" minimum:"0" maximum:"130"`
	SmokingUntil *int     `json:"smoking_until_age,omitempty" minimum:"0" maximum:"130"`

	Drinking Drinking `json:"drinking,omitempty" enum:"never,sometimes,often,daily"`
	Alcohol  *float64 `json:"alcohol_a_day,omitempty" minimum:"0" maximum:"50" doc:"In liang (50 g) of spirits; of beer a tenth counts, of wine a quarter, of rice wine a fifth"`
	Stopped  bool     `json:"drinking_stopped,omitempty"`

	Exercise        Exercise `json:"exercise,omitempty" enum:"daily,weekly,sometimes,never"`
	ExerciseMinutes *float64 `json:"exercise_minutes,omitempty" minimum:"0" maximum:"1440" doc:"Each time"`
	ExerciseWhat    string   `json:"exercise_what,omitempty" maxLength:"200"`

	Diet     []Diet `json:"diet,omitempty" nullable:"false" enum:"balanced,meat,vegetarian,salty,oily,sweet"`
	DietNote string `json:"diet_note,omitempty" maxLength:"10000" doc:"What they may not eat, how it is to be prepared"`
	Sleep    string `json:"sleep,omitempty" maxLength:"200" doc:"When they usually go to bed and get up, naps"`
	Note     string `json:"note,omitempty" maxLength:"10000"`
}

// The choices of habits.
type (
	// Smoking is whether somebody smokes.
	Smoking string
	// Drinking is how often somebody drinks alcohol.
	Drinking string
	// Exercise is how often somebody exercises.
	Exercise string
	// Diet is what somebody eats.
	Diet string
)

var (
	smokings  = []Smoking{"never", "stopped", "smokes"}
	drinkings = []Drinking{"never", "sometimes", "often", "daily"}
	exercises = []Exercise{"daily", "weekly", "sometimes", "never"}
	diets     = []Diet{"balanced", "meat", "vegetarian", "salty", "oily", "sweet"}
)

// Kind implements [Body].
func (*Habits) Kind() Kind { return Habitual }

func (h *Habits) settle(f *faults) {
	among(f, "smoking", h.Smoking, smokings, false)
	among(f, "drinking", h.Drinking, drinkings, false)
	among(f, "exercise", h.Exercise, exercises, false)
	some(f, "diet", &h.Diet, diets)
	f.between("cigarettes_a_day", h.Cigarettes, 0, 200)
	f.between("alcohol_a_day", h.Alcohol, 0, 50)
	f.between("exercise_minutes", h.ExerciseMinutes, 0, 24*60)
	f.words("exercise_what", &h.ExerciseWhat)
	f.text("diet_note", &h.DietNote)
	f.words("sleep", &h.Sleep)
	f.text("note", &h.Note)
	if h.SmokingSince != nil && h.SmokingUntil != nil && *h.SmokingUntil < *h.SmokingSince {
		f.add("smoking_until_age", "is before smoking_from_age")
	}
}

// Disability is what somebody cannot do as others can.
type Disability struct {
	Sort        DisabilitySort `json:"sort" enum:"sight,hearing,speech,limbs,intellectual,mental,other"`
	What        string         `json:"what,omitempty" maxLength:"200" example:"Blind in the left eye"`
	Grade       *int           `json:"grade,omitempty" minimum:"1" maximum:"4" doc:"Of the certificate, GB/T 26341: 1 is the gravest"`
	Certificate string         `json:"certificate,omitempty" maxLength:"200"`
	Aid         string         `json:"aid,omitempty" maxLength:"200" doc:"What helps" example:"Hearing aid on both sides"`
	Since       Day            `json:"since,omitempty" maxLength:"10"`
	Note        string         `json:"note,omitempty" maxLength:"10000"`
}

// DisabilitySort is what it concerns.
type DisabilitySort string

var disabilities = []DisabilitySort{"sight", "hearing", "speech", "limbs", "intellectual", "mental", "other"}

// Kind implements [Body].
func (*Disability) Kind() Kind { return ADisability }

func (d *Disability) settle(f *faults) {
	among(f, "sort", d.Sort, disabilities, true)
	f.words("what", &d.What)
	f.words("certificate", &d.Certificate)
	f.words("aid", &d.Aid)
	f.text("note", &d.Note)
	f.past("since", d.Since)
	if d.Grade != nil && (*d.Grade < 1 || *d.Grade > 4) {
		f.add("grade", "want 1 to 4")
	}
}
