package web

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/assessments/forms"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/likeness"
	"github.com/anxin-care/anxin/vitals"
)

func loaded(t *testing.T) languages {
	t.Helper()
	all, err := loadLanguages()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func library(t *testing.T) *forms.Library {
	t.Helper()
	l, err := forms.Default()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// keysInUse finds the keys that templates, Go and scripts ask for.
func keysInUse(t *testing.T) map[string]string {
	t.Helper()
	used := map[string]string{"language.name": "locale.go"}
	for pattern, call := range map[string]*regexp.Regexp{
		"templates/*.html": regexp.MustCompile(`\.(?:T|Say) "([^"]+)"`),
		"*.go":             regexp.MustCompile(`(?:\bT\(|newPage\([^"\n]*|message(?:, \w+)? := [^"\n]*|message = [^\n]*, |key :?= )"([a-z_]+\.[a-z_.]*)"`),
		"assets/src/*.ts":  regexp.MustCompile(`\bt\("([^"]+)"`),
	} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no files of %s (%v)", pattern, err)
		}
		for _, file := range files {
			if filepath.Ext(file) == ".go" && regexp.MustCompile(`_test\.go$`).MatchString(file) {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range call.FindAllStringSubmatch(string(source), -1) {
				used[match[1]] = file
			}
		}
	}
	// Keys that are put together.
	for _, prefix := range []string{"range.", "word.", "mark.", "severity.", "verdict.", "step.", "risk.", "fn.", "situation.", "relation.", "channel.", "weekday.", "refusal.", "told.", "part.", "told_for.", "told_row.", "telling.while_", "purpose.", "consents.missing_", "scope.", "manner.", "looks.", "ground.", "via.", "mode.", "role.", "kind.", "field.", "choice.", "sex.", "file.is_", "disclosed.", "activity.", "basis.", "data.", "recipient.", "kept.", "measure.", "remind_kind.", "plan.wrong_", "plan.food_", "plan.days_", "worn.fault.", "identity.", "alike.", "merge.rows_", "merge.obstacle_", "consultation.urgency_", "consultation.mode_", "consultation.seat_", "opinion.answer_", "opinion.confidence_", "panel.wrong_", "choice.severity.", "choice.sort.", "file.wrong_", "condition."} {
		delete(used, prefix)
	}
	for _, s := range []Severity{Info, Warning, Critical} {
		used["severity."+s.String()] = "alertline.go"
	}
	for _, v := range []Verdict{TrueAlarm, FalseAlarm, TestAlarm, NotTheirs} {
		used["verdict."+string(v)] = "alertline.go"
	}
	for _, kind := range []StepKind{Began, Worsened, Repeated, WasClaimed, ClaimExpired, ClaimLost, WasSnoozed, SnoozeEnded, Cleared, Withdrawn, Grouped, Ungrouped, WasResolved} {
		used["step."+string(kind)] = "alert.go"
	}
	for _, kind := range []SituationKind{AwayFromHome, InHospital, WithVisitors} {
		used["situation."+string(kind)] = "state.go"
	}
	for _, status := range []ToldStatus{ToldQueued, ToldSending, ToldSent, ToldDelivered, ToldSeen, ToldFailed, ToldDropped} {
		used["told."+string(status)] = "told.go"
	}
	for _, kind := range []ToldKind{ToldForHelp, ToldWhoHasIt, ToldNotShut, ToldOver, ToldGap} {
		used["told_for."+string(kind)] = "telling.go"
		used["told_row."+string(kind)] = "told.go"
	}
	for _, phase := range []TellingPhase{TellingHeld, TellingQuiet, TellingInPart} {
		used["telling.while_"+string(phase)] = "telling.go"
	}
	for _, part := range []Part{BrokerPart, JournalPart, EnginePart, EscalationPart, DeliveriesPart} {
		used["part."+string(part)] = "templates.go"
	}
	for _, fn := range []string{"avg", "min", "max"} {
		used["fn."+fn] = "alert.go"
	}
	for _, risk := range []string{"low", "low_medium", "medium", "high"} {
		used["risk."+risk] = "alert.go"
	}
	for _, r := range relations {
		used["relation."+string(r)] = "careteam.go"
	}
	for _, kind := range append([]ChannelKind{webPush}, typedKinds...) {
		used["channel."+string(kind)] = "circle.go"
	}
	for d := range time.Weekday(7) {
		used["weekday."+strings.ToLower(d.String())] = "circle.go"
	}
	for _, about := range []string{"hears", "uses", "loud"} {
		for s := Info; s <= Critical; s++ {
			used[about+"."+s.String()] = "careteam.go"
		}
	}
	for _, about := range []string{"delay", "repeat"} {
		used[about+".none"], used[about+".some"] = "careteam.go", "careteam.go"
	}
	for _, r := range []Refusal{RefusedAddress, RefusedSameChannel, RefusedHeld, RefusedOver, RefusedNotYours, RefusedUntil, RefusedHours, RefusedStranger, RefusedDrill, RefusedConsent, RefusedReview, RefusedPhone, RefusedTest, RefusedHost, RefusedSecret, RefusedService, RefusedNotSetUp, RefusedDay, RefusedNextDue, RefusedMode, RefusedReason, RefusedChanged} {
		used["refusal."+r.Code] = "peopleports.go"
	}
	for _, name := range purposes {
		used["purpose."+name] = "consents.go"
	}
	for _, name := range scopes {
		used["scope."+name] = "consents.go"
	}
	for _, kind := range reminderKinds {
		used["remind_kind."+kind] = "reminderplan.go"
	}
	for _, name := range ruleConditions {
		used["condition."+name] = "ruleconditions.go"
	}
	for _, field := range trickyFields {
		used["file.wrong_"+field] = "filefaults.go"
	}
	for _, field := range reminderFaults {
		used["plan.wrong_"+field] = "reminderplan.go"
	}
	for _, name := range []string{"food_none", "food_before", "food_with", "food_after", "days_none", "days_not_holidays", "days_working_days"} {
		used["plan."+name] = "reminderplan.go"
	}
	for _, field := range []string{"contact", "scope", "given_by", "proof", "witness"} {
		used["consents.missing_"+field] = "consents.go"
	}
	for _, manner := range []string{"signed_in", "paper", "spoken"} {
		used["manner."+manner] = "consents.go"
	}
	for _, action := range []string{"read", "change", "export", "erase", "tell", "consent", "break_glass", "review", "sign", "sign_in"} {
		used["looks."+action] = "looks.go"
	}
	// Who was told is told by what they are to the resident, and staff as staff.
	for _, ground := range []string{"staff", "caregiver", "doctor", "neighbour", "administrator", "team", "service", "resident", "family", "family_manager", "care_team", "consent", "emergency", "guardian", "erasure", "consultation", "operator"} {
		used["ground."+ground] = "looks.go"
	}
	for _, via := range []string{"api", "page", "stream", "link", "mqtt", "command", "service"} {
		used["via."+via] = "looks.html"
	}
	for _, kind := range append([]ChannelKind{webPush}, typedKinds...) {
		used["refusal."+RefusedAddressOf(kind).Code] = "peopleports.go"
	}
	for _, m := range forms.Modes() {
		used["mode."+string(m)] = "assess.go"
	}
	for _, r := range []Refusal{RefusedPassword, RefusedShort, RefusedGuesses, RefusedLogin, RefusedTaken, RefusedLast, RefusedMail, RefusedSignsIn, RefusedScopes} {
		used["refusal."+r.Code] = "accountports.go"
	}
	for _, r := range []Refusal{RefusedWears, RefusedCritical, RefusedMoving, RefusedID, RefusedWhy, RefusedAsked} {
		used["refusal."+r.Code] = "rightsports.go"
	}
	for prefix, names := range map[string]string{
		"disclosed": "copy message emergency", "activity": "care telling accounts audit", "basis": "contract law consent", "recipient": "heartbeat broker",
		"data":    "identity file documents reminders contacts alerts users sessions looks vitals movements status",
		"kept":    "journal held readings rollups records papers audit proofs",
		"measure": "access_check audit_chain passwords_hashed device_secrets_hashed opaque_ids files_owner_only staff_signed_out https_only mqtt_tls timeline_tls disk_encryption_unknown",
	} {
		for _, name := range strings.Fields(names) {
			used[prefix+"."+name] = "rights.go"
		}
	}
	for key := range loaded(t)[0].messages {
		if strings.HasPrefix(key, "held.") {
			used[key] = "rights.go" // what there is to be held is looked up where all of it is known
		}
	}
	for _, role := range roles {
		used["role."+role] = "users.go"
	}
	for _, key := range []string{"door.none", "forgot.sent", "tap.too_many"} {
		used[key] = "doors.go"
	}
	for _, k := range healthfile.Kinds() {
		used["kind."+string(k)] = "file.go"
		for _, f := range healthfile.Fields(k) {
			used["field."+f.Name] = "file.go"
			for _, choice := range f.Choices {
				used["choice."+f.Name+"."+choice] = "file.go"
			}
		}
	}
	for _, state := range []healthfile.State{healthfile.Ended, healthfile.EnteredInError} {
		used["file.is_"+string(state)] = "file.go"
	}
	for _, key := range []string{"proposed", "proposed_no_more", "accept", "accept_no_more"} {
		used["file."+key] = "file.go"
	}
	for reason := range likeness.Weights {
		used["alike."+string(reason)] = "identity.go"
	}
	for _, name := range []string{"birth_date"} {
		used["identity."+name] = "merge.go"
	}
	for _, what := range mergeRows {
		used["merge.rows_"+what] = "merge.go"
	}
	for _, code := range []string{"monitoring", "medicine_twice", "correcting"} {
		used["merge.obstacle_"+code] = "merge.go"
	}
	for _, r := range []Refusal{RefusedIdentity, RefusedMerge, RefusedMergeReason, RefusedUndo} {
		used["refusal."+r.Code] = "identityports.go"
	}
	for prefix, names := range map[string][]string{
		"consultation.urgency_": urgencies, "consultation.mode_": turns, "consultation.seat_": {"asked", "answered", "declined"}, "opinion.answer_": answers, "opinion.confidence_": confidences, "panel.wrong_": panelFields,
	} {
		for _, name := range names {
			used[prefix+name] = "panels.go"
		}
	}
	for _, r := range []Refusal{RefusedNoConsent, RefusedPanelIdle, RefusedEnded, RefusedTurn, RefusedWaiting, RefusedAltered, RefusedDecided, RefusedMoved, RefusedSuperseded, RefusedDocumentGone, RefusedPanelID} {
		used["refusal."+r.Code] = "panelports.go"
	}
	for _, sex := range []records.Sex{records.Female, records.Male, records.OtherSex, records.UnknownSex} {
		used["sex."+string(sex)] = "file.go"
	}
	for _, fault := range []WornFault{"several", "so", "changed", "fixed", "from", "to", "why"} {
		used["worn.fault."+string(fault)] = "worn.go"
	}
	for _, name := range periodNames {
		used["range."+name] = "resident.go"
	}
	for _, name := range vitals.Marks(0xff).Names() {
		used["mark."+name] = "tile.go"
	}
	for _, m := range vitals.Metrics() {
		for _, word := range m.Info().Words {
			used["word."+word] = "vitals: " + m.String()
		}
	}
	return used
}

func TestLocalesAreComplete(t *testing.T) {
	used := keysInUse(t)
	units := map[string]bool{}
	for _, m := range vitals.Metrics() {
		units["unit."+m.Info().Unit] = true
	}
	for _, f := range library(t).Forms() {
		for _, item := range f.Items {
			units["unit."+item.Unit] = true
		}
	}
	placeholder := regexp.MustCompile(`\{\w+\}`)
	all := loaded(t)
	for _, l := range all {
		for key, where := range used {
			if l.messages[key] == "" {
				t.Errorf("%s has no %q, used by %s", l.Tag, key, where)
			}
		}
		for key, message := range l.messages {
			if _, ok := used[key]; !ok && !units[key] {
				t.Errorf("%s: nobody uses %q", l.Tag, key)
			}
			other, ok := all[0].messages[key]
			if !ok {
				t.Errorf("%s has %q, and %s has not", l.Tag, key, all[0].Tag)
			}
			want, got := placeholder.FindAllString(other, -1), placeholder.FindAllString(message, -1)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("%s: %q fills in %v, and in %s %v", l.Tag, key, got, all[0].Tag, want)
			}
		}
		for key := range all[0].messages {
			if _, ok := l.messages[key]; !ok {
				t.Errorf("%s has no %q", l.Tag, key)
			}
		}
	}
}

func TestEveryUnitCanBeRead(t *testing.T) {
	for _, l := range loaded(t) {
		for _, m := range vitals.Metrics() {
			if unit := l.unit(m); regexp.MustCompile(`[\[\]{}]`).MatchString(unit) {
				t.Errorf("%s of %s is written %q in %s", m.Info().Unit, m, unit, l.Tag)
			}
		}
		for _, f := range library(t).Forms() {
			for _, item := range f.Items {
				if unit := l.unitSign(item.Unit); regexp.MustCompile(`[\[\]{}*]`).MatchString(unit) {
					t.Errorf("%s of %s is written %q in %s", item.Unit, item.ID, unit, l.Tag)
				}
			}
		}
	}
}

func TestAge(t *testing.T) {
	all := loaded(t)
	for _, tc := range []struct {
		age              time.Duration
		english, chinese string
	}{
		{-time.Minute, "now", "刚刚"}, {999 * time.Millisecond, "now", "刚刚"},
		{time.Second, "1 s ago", "1 秒前"}, {59_999 * time.Millisecond, "59 s ago", "59 秒前"},
		{time.Minute, "1 min ago", "1 分钟前"}, {time.Hour - 1, "59 min ago", "59 分钟前"},
		{time.Hour, "1 h ago", "1 小时前"}, {48*time.Hour - 1, "47 h ago", "47 小时前"},
		{48 * time.Hour, "2 days ago", "2 天前"}, {1000 * time.Hour, "41 days ago", "41 天前"},
	} {
		if got := all[0].age(tc.age); got != tc.english {
			t.Errorf("%s in English: %q, want %q", tc.age, got, tc.english)
		}
		if got := all[1].age(tc.age); got != tc.chinese {
			t.Errorf("%s in Chinese: %q, want %q", tc.age, got, tc.chinese)
		}
	}
}
