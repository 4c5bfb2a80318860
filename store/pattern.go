package store

import "strings"

// escapeLike makes a word stand for itself inside a LIKE pattern.
func escapeLike(word string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(word)
}

// docPattern finds a word anywhere in the searched text of a deployment; one that is too short for the trigram index
// is looked for at the start of words.
func docPattern(word string) string {
	if len([]rune(word)) < 3 {
		return "% " + escapeLike(word) + "%"
	}
	return "%" + escapeLike(word) + "%"
}

// wholePattern finds a word between spaces; the searched text has one at each end.
func wholePattern(word string) string { return "% " + escapeLike(word) + " %" }
