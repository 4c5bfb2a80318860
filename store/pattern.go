package store

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"arcadia.example/console/catalog"
)

// escapeLike makes a word stand for itself inside a LIKE pattern.
func escapeLike(word string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(word)
}

// docPattern finds a word anywhere in the searched text of a deployment or tenant; one that is too short for the trigram index
// is looked for at the start of words.
func docPattern(word string) string {
	if len([]rune(word)) < 3 {
		return "% " + escapeLike(word) + "%"
	}
	return "%" + escapeLike(word) + "%"
}

// wholePattern is the regular expression of a word on its own: not inside a longer one. It is written so that lower() in
// the database, which knows more letters than we do, leaves it what it is.
func wholePattern(word string) string {
	var b strings.Builder
	runes := []rune(word)
	if isLetter(runes[0]) {
		b.WriteString("[[:<:]]")
	}
	for _, r := range runes {
		if r < utf8.RuneSelf && !isLetter(r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	if isLetter(runes[len(runes)-1]) {
		b.WriteString("[[:>:]]")
	}
	return b.String()
}

// isLetter reports whether a character is of words, as the trigram index sees it.
func isLetter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// searchWords are the words to be found. Those of signs alone are left out beside others; where there are no others,
// indexed is false: no index knows them, so that a search must not look at more rows than those of its walk.
func searchWords(search string) (words []string, indexed bool) {
	words = strings.Fields(search)
	for i, word := range words {
		if host := catalog.HostOfURL(word); host != "" {
			words[i] = host // somebody pasted what stands in the customer's browser
		}
	}
	lettered := slices.DeleteFunc(slices.Clone(words), func(word string) bool { return !strings.ContainsFunc(word, isLetter) })
	if len(lettered) == 0 {
		return words, false
	}
	return lettered, true
}
