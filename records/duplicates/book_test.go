package duplicates_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/duplicates"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/healthfile/papers"
	"github.com/anxin-care/anxin/records/likeness"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

func TestFindAndPairs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		registry, err := devices.OpenRegistry(ctx, db, slog.New(slog.DiscardHandler))
		must(err)
		residents := records.NewResidents(db, registry)
		shelf, err := papers.Open(t.TempDir())
		must(err)
		files := healthfile.NewBook(db, shelf, time.Now)
		book := duplicates.NewBook(db, time.Now)
		born, err := records.ParseDate("1941-03-05")
		must(err)
		add := func(id, name string) {
			t.Helper()
			_, err := residents.Create(ctx, records.Resident{ID: id, Name: name, BirthDate: born, Sex: records.Female, TimeZone: "Asia/Shanghai"})
			must(err)
		}
		add("wang", "王秀英")
		add("li", "李桂兰")
		found := func(p likeness.Person, want ...string) {
			t.Helper()
			list, err := book.Find(ctx, p)
			must(err)
			var got []string
			for _, c := range list {
				got = append(got, c.Resident)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: found %v, want %v", p.Name, got, want)
			}
		}
		pairs := func(want int) {
			t.Helper()
			if list, err := book.Pairs(ctx, 100); err != nil || len(list) != want {
				t.Errorf("pairs %v, %v, want %d", list, err, want)
			}
		}
		found(likeness.Person{Name: "Xiuying Wang", Birth: born}, "wang")
		found(likeness.Person{Name: "Anna Miller", Birth: born})
		found(likeness.Person{Name: "李奶奶", IDNumber: "11010119410305002X"})
		pairs(0)

		// What the file says later is found too, and what it says no more is not.
		card := &healthfile.Particulars{IDNumber: "11010519491231002X"}
		kept, err := files.Add(ctx, "li", card, records.Change{})
		must(err)
		found(likeness.Person{Name: "李奶奶", IDNumber: "11010519491231002x"}, "li")
		_, err = files.Withdraw(ctx, "li", healthfile.AParticulars, kept.ID, records.Change{Reason: "another's card"})
		must(err)
		found(likeness.Person{Name: "李奶奶", IDNumber: "11010519491231002x"})

		add("wang-2", "Wang Xiu Ying")
		pairs(1)
		must(book.SayDistinct(ctx, "wang-2", []string{"wang"}, records.Change{Reason: "cousins"}))
		must(book.SayDistinct(ctx, "wang", []string{"wang-2"}, records.Change{}))
		pairs(0)
		if err := book.SayDistinct(ctx, "wang", []string{"wang"}, records.Change{}); err == nil {
			t.Error("somebody is not themselves")
		}
		r, err := residents.Get(ctx, "wang-2")
		must(err)
		r.Name = "赵小红"
		_, err = residents.Correct(ctx, r, records.Change{})
		must(err)
		found(likeness.Person{Name: "Wang Xiuying", Birth: born}, "wang")
	})
}

// A name that is too common to find anybody by hides nobody who is found by their
// telephone.
func TestACommonNameHidesNobody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const n = 2100
		type row struct {
			bun.BaseModel `bun:"table:residents"`

			ID, Name, Sex, Room, Phone, Language string
			TimeZone                             string
			CreatedAt                            int64
		}
		rows := make([]row, n)
		for i := range rows {
			rows[i] = row{ID: fmt.Sprintf("r-%04d", i), Name: "王秀英", Sex: "female", TimeZone: "UTC", CreatedAt: 1}
		}
		rows[n-1].Phone = "13800138000"
		if _, err := db.NewInsert().Model(&rows).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		book := duplicates.NewBook(db, time.Now)
		found, err := book.Find(t.Context(), likeness.Person{Name: "王秀英", Phone: "138 0013 8000"})
		if err != nil || len(found) != 1 || found[0].Resident != rows[n-1].ID {
			t.Errorf("found %v, %v", found, err)
		}
	})
}

// BenchmarkFind: among 100,000 residents.
func BenchmarkFind(b *testing.B) {
	db := storetest.Open(b, storetest.SQLite(b))
	ctx := context.Background()
	random := rand.New(rand.NewPCG(1, 2))
	family, given := []rune("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高"), []rune("秀英桂兰玉珍凤霞德明建国志强淑芳慧敏丽华文军平")
	const n = 100_000
	err := db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		for i := range n {
			name := string([]rune{family[random.IntN(len(family))], given[random.IntN(len(given))], given[random.IntN(len(given))]})
			day := time.Date(1930+random.IntN(30), time.Month(1+random.IntN(12)), 1+random.IntN(28), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
			if _, err := tx.ExecContext(ctx, "INSERT INTO residents (id, name, birth_date, sex, room, time_zone, language, created_at) VALUES (?, ?, ?, 'female', '', 'UTC', '', 1)", fmt.Sprintf("r-%06d", i), name, day); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	book := duplicates.NewBook(db, time.Now)
	began := time.Now()
	if _, err := book.Find(ctx, likeness.Person{Name: "王秀英"}); err != nil {
		b.Fatal(err)
	}
	b.Logf("keys of %d residents: %s", n, time.Since(began).Round(time.Millisecond))
	began = time.Now()
	pairs, err := book.Pairs(ctx, 1000)
	b.Logf("%d pairs among them: %s, %v", len(pairs), time.Since(began).Round(time.Millisecond), err)
	born, err := records.ParseDate("1941-03-05")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := book.Find(ctx, likeness.Person{Name: "王秀英", Birth: born, Sex: records.Female}); err != nil {
			b.Fatal(err)
		}
	}
}
