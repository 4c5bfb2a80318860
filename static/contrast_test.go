package static

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// colours reads the pairs of tokens.css: name to light and dark value.
func colours(t *testing.T) map[string][2]string {
	t.Helper()
	text, err := os.ReadFile("css/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][2]string{}
	for _, m := range regexp.MustCompile(`--([\w-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)`).FindAllStringSubmatch(string(text), -1) {
		found[m[1]] = [2]string{m[2], m[3]}
	}
	return found
}

// luminance is the relative luminance of WCAG 2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var parts [3]float64
	for i := range parts {
		v, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(v) / 255
		if c <= 0.04045 {
			parts[i] = c / 12.92
		} else {
			parts[i] = math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*parts[0] + 0.7152*parts[1] + 0.0722*parts[2]
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

func TestColoursReachAA(t *testing.T) {
	c := colours(t)
	pairs := []string{
		"on-accent accent", "on-accent accent-hover", "accent-ink accent-soft", "accent-ink panel", "accent-ink bg", "danger panel", "danger danger-soft",
	}
	for _, ink := range []string{"ink", "ink-2", "ink-3"} {
		for _, ground := range []string{"bg", "panel", "sunken", "hover"} {
			pairs = append(pairs, ink+" "+ground)
		}
	}
	states := 0
	for name := range c {
		if state, ok := strings.CutSuffix(name, "-fg"); ok {
			states++
			pairs = append(pairs, name+" "+state+"-bg", name+" panel", name+" hover")
		}
	}
	if states != 8 {
		t.Errorf("%d states have colours, not 8", states)
	}
	for _, pair := range pairs {
		front, ground, _ := strings.Cut(pair, " ")
		for theme, word := range []string{"light", "dark"} {
			if ratio := contrast(t, c[front][theme], c[ground][theme]); ratio < 4.5 {
				t.Errorf("%s on %s, %s: %.2f, less than 4.5", front, ground, word, ratio)
			}
		}
	}
}

// The borders of fields and the ring of the focus are what shows where they are.
func TestControlsReachThreeToOne(t *testing.T) {
	c := colours(t)
	for _, front := range []string{"control", "focus", "accent"} {
		for _, ground := range []string{"panel", "bg"} {
			for theme, word := range []string{"light", "dark"} {
				if ratio := contrast(t, c[front][theme], c[ground][theme]); ratio < 3 {
					t.Errorf("%s on %s, %s: %.2f, less than 3", front, ground, word, ratio)
				}
			}
		}
	}
}
