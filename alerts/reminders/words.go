package reminders

import (
	"fmt"

	"github.com/anxin-care/anxin/alerts/rules"
)

// Says is what is said of something that is to be done.
type Says string

// What is said.
const (
	Coming Says = "coming" // it will be due
	Now    Says = "now"    // it is
	Again  Says = "again"  // it was, and nobody has said yet that it is done
	Well   Says = "well"   // are you all right?
	Refill Says = "refill" // a medicine is running out
)

// Words are what is said, before it is known to whom and over what.
type Words struct {
	Says Says       `json:"says"`
	What rules.Text `json:"what"`
	// At is when it is due, as people say it: "08:00".
	At string `json:"at,omitempty"`
	// Note is what belongs to it, in its own words.
	Note string `json:"note,omitempty"`
	// Left is how much of a medicine there is.
	Left float64 `json:"left,omitempty"`
}

// Spoken is what is said aloud at home. Name is whom it is for where several people
// hear it; "" where it is plain.
func (w *Words) Spoken(name string) rules.Text {
	var t rules.Text
	switch w.Says {
	case Coming:
		t = rules.Text{EN: fmt.Sprintf("Coming up on %s: %s.", w.At, w.What.EN), ZH: fmt.Sprintf("提醒您：%s，%s。", w.At, w.What.ZH)}
	case Again:
		t = rules.Text{
			EN: fmt.Sprintf("Was this done? %s, due at %s. If it is done, say yes.", w.What.EN, w.At),
			ZH: fmt.Sprintf("请问完成了吗？%s，时间%s。如已完成，请说“是”。", w.What.ZH, w.At),
		}
	case Well:
		t = rules.Text{EN: "Are you all right? Please say yes or no.", ZH: "您还好吗？请说“是”或“不”。"}
	default:
		t = rules.Text{EN: fmt.Sprintf("It is %s: %s.", w.At, w.What.EN), ZH: fmt.Sprintf("%s，请您：%s。", w.At, w.What.ZH)}
	}
	if name != "" {
		t = rules.Text{EN: name + ". " + t.EN, ZH: name + "，" + t.ZH}
	}
	return w.noted(t)
}

// noted adds the note.
func (w *Words) noted(t rules.Text) rules.Text {
	if w.Note == "" {
		return t
	}
	return rules.Text{EN: t.EN + " " + w.Note, ZH: t.ZH + w.Note}
}

// Written is what somebody reads over a channel that is trusted with health detail:
// the resident, when name is "", or somebody else about the resident of that name.
func (w *Words) Written(name string) rules.Text {
	en, zh := "", ""
	if name != "" {
		en, zh = name+", ", name+"，"
	}
	switch w.Says {
	case Coming:
		return w.noted(rules.Text{EN: fmt.Sprintf("Coming up: %s%s: %s.", en, w.At, w.What.EN), ZH: fmt.Sprintf("预告：%s%s，%s。", zh, w.At, w.What.ZH)})
	case Again:
		return w.noted(rules.Text{EN: fmt.Sprintf("Not noted as done yet: %s%s: %s.", en, w.At, w.What.EN), ZH: fmt.Sprintf("还没有记录完成：%s%s，%s。", zh, w.At, w.What.ZH)})
	case Well:
		if name == "" {
			return w.noted(rules.Text{EN: "Are you all right? Please tap an answer.", ZH: "您还好吗？请点一下告诉我们。"})
		}
		return w.noted(rules.Text{EN: fmt.Sprintf("Please ask %s whether all is well.", name), ZH: fmt.Sprintf("请问候一下%s，看看是否安好。", name)})
	case Refill:
		if name == "" {
			return rules.Text{EN: fmt.Sprintf("%s is running out: %g left. Please get more.", w.What.EN, w.Left), ZH: fmt.Sprintf("%s即将用完，剩余%g，请及时配药。", w.What.ZH, w.Left)}
		}
		return rules.Text{EN: fmt.Sprintf("%s for %s is running out: %g left. Please get more.", w.What.EN, name, w.Left), ZH: fmt.Sprintf("%s的%s即将用完，剩余%g，请及时配药。", name, w.What.ZH, w.Left)}
	}
	return w.noted(rules.Text{EN: fmt.Sprintf("%s%s: %s.", en, w.At, w.What.EN), ZH: fmt.Sprintf("%s%s，%s。", zh, w.At, w.What.ZH)})
}

// Heading is the subject of a message over a trusted channel, about the resident of
// that name, or to the resident when it is "".
func (w *Words) Heading(name string) rules.Text {
	t := rules.Text{EN: "Reminder", ZH: "提醒"}
	switch w.Says {
	case Well:
		t = rules.Text{EN: "Are you all right?", ZH: "您还好吗？"}
		if name != "" {
			t = rules.Text{EN: "Is all well?", ZH: "请问候一下"}
		}
	case Refill:
		t = rules.Text{EN: "Medicine running out", ZH: "药品即将用完"}
	}
	if name != "" {
		t = rules.Text{EN: t.EN + ": " + name, ZH: t.ZH + "：" + name}
	}
	return t
}

// Plainly is what any channel may carry: it names nobody and no medicine. Place is
// where to look, for a neighbour who helps; "" for nowhere else.
func (w *Words) Plainly(place string) rules.Text {
	switch {
	case w.Says == Refill:
		return rules.Text{EN: "Anxin: something is running out. Please look.", ZH: "安心：有东西即将用完，请查看。"}
	case w.Says == Well && place != "":
		return rules.Text{EN: fmt.Sprintf("Anxin: please ask at %s whether all is well.", place), ZH: fmt.Sprintf("安心：请去%s问候一下，看看是否安好。", place)}
	case w.Says == Well:
		return rules.Text{EN: "Anxin: a question waits for an answer.", ZH: "安心：有一句问候等待回复。"}
	case place != "":
		return rules.Text{EN: fmt.Sprintf("Anxin: a reminder at %s, %s.", place, w.At), ZH: fmt.Sprintf("安心：%s有一条%s的提醒。", place, w.At)}
	}
	return rules.Text{EN: fmt.Sprintf("Anxin: a reminder, %s.", w.At), ZH: fmt.Sprintf("安心：有一条%s的提醒。", w.At)}
}

// Help is what somebody taps who says that help is needed; empty where nobody is
// asked for that. Self is set for the resident.
func (w *Words) Help(self bool) rules.Text {
	switch {
	case w.Says != Well:
		return rules.Text{}
	case self:
		return rules.Text{EN: "I need help", ZH: "我需要帮助"}
	}
	return rules.Text{EN: "Help is needed", ZH: "需要帮助"}
}

// Done is what somebody taps who says that it is done; empty where nobody is asked.
// Self is set for the resident.
func (w *Words) Done(self bool) rules.Text {
	switch {
	case w.Says == Refill:
		return rules.Text{}
	case w.Says == Well && self:
		return rules.Text{EN: "I am fine", ZH: "我很好"}
	case w.Says == Well:
		return rules.Text{EN: "All is well", ZH: "一切安好"}
	}
	return rules.Text{EN: "It is done", ZH: "已完成"}
}
