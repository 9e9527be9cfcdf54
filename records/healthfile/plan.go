package healthfile

// Goal is what the care plan aims at.
type Goal struct {
	What    string     `json:"what" minLength:"1" maxLength:"200" example:"Blood pressure under 140/90 in the morning"`
	Measure string     `json:"measure,omitempty" maxLength:"200" doc:"How it is seen that it is reached"`
	By      Day        `json:"by,omitempty" maxLength:"10" doc:"Until when"`
	Status  GoalStatus `json:"status" enum:"proposed,under_way,reached,missed"`
	Owner   string     `json:"owner,omitempty" maxLength:"200" doc:"Who sees to it"`
	Note    string     `json:"note,omitempty" maxLength:"10000"`
}

// GoalStatus is how far somebody is with a goal.
type GoalStatus string

var goalStatuses = []GoalStatus{"proposed", "under_way", "reached", "missed"}

// Kind implements [Body].
func (*Goal) Kind() Kind { return AGoal }

func (g *Goal) settle(f *faults) {
	f.needed("what", &g.What, "what is aimed at")
	f.words("measure", &g.Measure)
	f.words("owner", &g.Owner)
	f.text("note", &g.Note)
	f.day("by", g.By)
	among(f, "status", g.Status, goalStatuses, true)
}

// Task is what is done for somebody by the care plan.
type Task struct {
	What   string     `json:"what" minLength:"1" maxLength:"200" example:"Check the feet"`
	Goal   string     `json:"goal,omitempty" maxLength:"64" doc:"The entry of the goal that it serves"`
	Who    string     `json:"who,omitempty" maxLength:"200" doc:"Who does it"`
	Often  string     `json:"often,omitempty" maxLength:"200" doc:"How often, in words" example:"Every Monday"`
	Due    Day        `json:"due,omitempty" maxLength:"10"`
	Status TaskStatus `json:"status" enum:"planned,under_way,done,dropped"`
	Note   string     `json:"note,omitempty" maxLength:"10000"`
}

// TaskStatus is how far a task is.
type TaskStatus string

var taskStatuses = []TaskStatus{"planned", "under_way", "done", "dropped"}

// Kind implements [Body].
func (*Task) Kind() Kind { return ATask }

func (t *Task) settle(f *faults) {
	f.needed("what", &t.What, "what is to be done")
	f.words("goal", &t.Goal)
	f.words("who", &t.Who)
	f.words("often", &t.Often)
	f.text("note", &t.Note)
	f.day("due", t.Due)
	among(f, "status", t.Status, taskStatuses, true)
}

// Note is what somebody should know.
type Note struct {
	Title string `json:"title,omitempty" maxLength:"200"`
	On    Day    `json:"on,omitempty" maxLength:"10" doc:"Of which day it is"`
	Text  string `json:"text" minLength:"1" maxLength:"10000"`
}

// Kind implements [Body].
func (*Note) Kind() Kind { return ANote }

func (n *Note) settle(f *faults) {
	f.words("title", &n.Title)
	f.past("on", n.On)
	if f.text("text", &n.Text); n.Text == "" {
		f.add("text", "is empty: say what there is to know")
	}
}

// Document is a paper or a picture: what it is called, and which paper it is.
type Document struct {
	Title string       `json:"title" minLength:"1" maxLength:"200" example:"Discharge letter"`
	Sort  DocumentSort `json:"sort" enum:"report,discharge,prescription,image,consent,insurance,other"`
	On    Day          `json:"on,omitempty" maxLength:"10" doc:"Of which day it is"`
	Note  string       `json:"note,omitempty" maxLength:"10000"`
	// Paper is its name among the [Papers], Type and Size what was found when it was
	// taken in.
	Paper string `json:"sha256" readOnly:"true" doc:"SHA-256 of what it holds"`
	Type  string `json:"type" readOnly:"true" enum:"application/pdf,image/jpeg,image/png,image/webp"`
	Size  int64  `json:"size" readOnly:"true" doc:"In bytes"`
}

// DocumentSort is what sort of document it is.
type DocumentSort string

var documentSorts = []DocumentSort{"report", "discharge", "prescription", "image", "consent", "insurance", "other"}

// Kind implements [Body].
func (*Document) Kind() Kind { return ADocument }

func (d *Document) settle(f *faults) {
	f.needed("title", &d.Title, "what it is")
	f.text("note", &d.Note)
	f.past("on", d.On)
	among(f, "sort", d.Sort, documentSorts, true)
	if !paperName.MatchString(d.Paper) {
		f.add("sha256", "is no paper that was taken in")
	}
}
