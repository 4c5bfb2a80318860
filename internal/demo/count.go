package demo

import "fmt"

// Count says how many there are of what has a regular plural, with plain digits, since scripts read them too: "1 tenant",
// "2000 tenants".
func Count[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
