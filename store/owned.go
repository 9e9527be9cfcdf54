package store

import "strings"

// Owned is a table with rows that are a resident's: what whoever makes two files
// one, and two again, must know of it. Each package says it of its own tables.
type Owned struct {
	// Table is its name, and Resident the column that holds whose a row is.
	Table, Resident string
	// Key are the columns that tell the rows of one resident apart. Rows with one key
	// go together.
	Key []string
	// Stays is a condition, "" for none: such rows of the other resident stay where
	// they are, as the survivor's count in their place. The table is named t in it;
	// :survivor and :other are the ids.
	Stays string
	// Of names another table, which stands before this one, of whose moved rows these
	// are a part: then Key is the column that holds that one's key.
	Of string
	// After is a column with numbers that count on for each resident: those of the
	// other go on after the survivor's.
	After string
	// Keeps says why no row is ever moved; "" for a table whose rows are.
	Keeps string
}

// KeyText is an expression for the key of a row as text.
func (o Owned) KeyText() string {
	parts := make([]string, len(o.Key))
	for i, column := range o.Key {
		parts[i] = "CAST(t." + column + " AS TEXT)"
	}
	return strings.Join(parts, " || ' ' || ")
}
