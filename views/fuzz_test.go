package views

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"arcadia.example/console/lifecycle"
)

// drawnByHandlers are all components that are sent to a browser, by their names.
var drawnByHandlers = map[string]any{
	"API": API, "Activity": Activity, "StepUpDone": StepUpDone, "AccountAnswer": AccountAnswer, "AccountPreviewAlone": AccountPreviewAlone, "AccountPreviewDialog": AccountPreviewDialog, "DeadLink": DeadLink,
	"DeploymentDetail": DeploymentDetail, "DeploymentFormView": DeploymentFormView, "Deployments": Deployments, "FailureToast": FailureToast,
	"FailureView": FailureView, "FindingAnswer": FindingAnswer, "FindingDialog": FindingDialog, "FindingFormAlone": FindingFormAlone,
	"Gallery": Gallery, "Import": Import, "IntegrationDetail": IntegrationDetail, "Integrations": Integrations,
	"KeptNotesAlone": KeptNotesAlone, "KeptNotesDialog": KeptNotesDialog, "Login": Login, "Me": Me, "MoveAnswer": MoveAnswer, "NoteAnswer": NoteAnswer,
	"Provisioning": Provisioning, "RunAnswer": RunAnswer, "RunDetail": RunDetail, "RunDialog": RunDialog, "FindingsDialog": FindingsDialog, "FindingsFormAlone": FindingsFormAlone, "RunFormAlone": RunFormAlone,
	"RunRefusalAlone": RunRefusalAlone, "RunRefusalDialog": RunRefusalDialog,
	"Search": Search, "SecondFactor": SecondFactor, "SignInAgain": SignInAgain, "StaffDetail": StaffDetail, "StaffList": StaffList,
	"StepUpAlone": StepUpAlone, "StepUpDialog": StepUpDialog, "TenantDetail": TenantDetail, "TenantFormView": TenantFormView, "Tenants": Tenants,
	"Transition": Transition, "TransitionDialog": TransitionDialog, "Welcome": Welcome,
}

// A page that is sent and not fuzzed is a gap.
func TestEveryPageIsFuzzed(t *testing.T) {
	sources := func(pattern string) (all string) {
		t.Helper()
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all += string(text)
		}
		return all
	}
	components := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^templ ([A-Z]\w*)\(`).FindAllStringSubmatch(sources("*.templ"), -1) {
		components[match[1]] = true
	}
	sent := map[string]bool{}
	for _, match := range regexp.MustCompile(`views\.([A-Z]\w*)\(`).FindAllStringSubmatch(sources("../handlers/*.go"), -1) {
		sent[match[1]] = components[match[1]]
	}
	for name, is := range sent {
		if is && drawnByHandlers[name] == nil {
			t.Errorf("%s is sent to browsers and not fuzzed", name)
		}
	}
	for name := range drawnByHandlers {
		if !sent[name] {
			t.Errorf("%s is fuzzed and never sent", name)
		}
	}
}

// filler makes view models with one text wherever a model has room for one.
type filler struct {
	text   string
	shape  uint // bit by bit, which of the things that can be there or not are there
	choice uint
}

// flip is the next bit of the shape.
func (f *filler) flip() bool {
	f.shape = f.shape>>1 | f.shape<<31&(1<<32-1)
	return f.shape&1 == 1
}

// pick is the next number below n.
func (f *filler) pick(n int) int {
	f.choice++
	return int(f.choice % uint(n))
}

// fill puts the text into every string, two elements into every list, and something into everything else.
func (f *filler) fill(v reflect.Value, depth int) {
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(noon.Add(time.Duration(f.pick(200)-100) * time.Hour)))
		return
	case *time.Location:
		return
	case lifecycle.State:
		v.SetString(string(lifecycle.States[f.pick(len(lifecycle.States))]))
		return
	case lifecycle.Action:
		v.SetString(string(lifecycle.Actions[f.pick(len(lifecycle.Actions))]))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(f.text)
	case reflect.Bool:
		v.SetBool(f.flip())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(f.pick(4)))
	case reflect.Uint8:
		v.SetUint(uint64(f.pick(32)))
	case reflect.Pointer:
		if depth > 0 && f.flip() {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem(), depth-1)
		}
	case reflect.Slice:
		if depth > 0 {
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		}
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			f.fill(v.Index(i), depth-1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				f.fill(v.Field(i), depth)
			}
		}
	default:
		panic(fmt.Sprintf("a view model has a %s, which this test cannot fill", v.Type()))
	}
}

// component calls a component with arguments of that kind.
func (f filler) component(of any) templ.Component {
	function := reflect.ValueOf(of)
	args := make([]reflect.Value, function.Type().NumIn())
	for i := range args {
		arg := reflect.New(function.Type().In(i)).Elem()
		f.fill(arg, 6)
		args[i] = arg
	}
	drawn, _ := function.Call(args)[0].Interface().(templ.Component)
	return drawn
}

// skeleton is what a browser makes of a component: its elements, each with the names of its attributes.
func skeleton(d drawn) (lines []string) {
	d.each(func(n *html.Node) {
		names := make([]string, len(n.Attr))
		for i, a := range n.Attr {
			names[i] = a.Key
		}
		slices.Sort(names)
		lines = append(lines, n.Data+" "+strings.Join(names, " "))
	})
	return lines
}

// followed are the attributes whose value a browser or htmx goes to.
var followed = []string{
	"href", "xlink:href", "src", "srcset", "action", "formaction", "data", "poster", "cite", "background", "ping", "manifest",
	"hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete", "hx-push-url", "hx-replace-url", "hx-action",
}

// scheme is that of an address as a browser reads it: control characters at the beginning and line ends anywhere are nothing.
func scheme(address string) string {
	address = strings.TrimLeftFunc(address, func(r rune) bool { return r <= ' ' })
	address = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(address)
	before, _, found := strings.Cut(address, ":")
	if !found || strings.ContainsAny(before, "/?#") {
		return ""
	}
	return strings.ToLower(before)
}

// inertAddresses expects no address that runs something.
func inertAddresses(t *testing.T, name, text string, d drawn) {
	t.Helper()
	d.each(func(n *html.Node) {
		for _, a := range n.Attr {
			if slices.Contains(followed, a.Key) && slices.Contains([]string{"javascript", "vbscript", "data", "blob", "file"}, scheme(a.Val)) {
				t.Errorf("%s with %q: %s leads to %q", name, text, a.Key, a.Val)
			}
		}
	})
}

// comesBack expects the text in the page as it was, as text or as the value of an attribute.
func comesBack(t *testing.T, name, text string, d drawn) {
	t.Helper()
	if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\r\n") || strings.TrimSpace(text) != text {
		return // a parser of HTML changes these by itself
	}
	for n := range d.root.Descendants() {
		if n.Type == html.TextNode && strings.Contains(n.Data, text) || slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return strings.Contains(a.Val, text) }) {
			return
		}
	}
	t.Errorf("%s: %q is lost", name, text)
}

// plainText has nothing in it that means anything.
const plainText = "Words"

// hostileTexts are the seeds: what people have tried elsewhere.
var hostileTexts = []string{
	plainText, `<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onfocus='alert(1)' autofocus='`, "`onmouseover=alert(1)`", `javascript:alert(1)`,
	" java\tscript:alert(1)", "\x01javascript:alert(1)", `JaVaScRiPt:alert(1)//`, `vbscript:msgbox(1)`, `data:text/html,<script>alert(1)</script>`, `//evil.example`,
	`x" hx-get="/logout" hx-trigger="load`, `x" hx-on:load="alert(1)`, `<hx-partial hx-target="#main">gone</hx-partial>`, `</textarea><hx-partial hx-target="body">`,
	`</title><script>alert(1)</script>`, `</script><script>alert(1)</script>`, `<!--`, `--><b>`, `]]><b>`, `<?xml?><b>`, `&lt;b&gt;&#60;b&#62;&#x3c;b>`, `&`, `<`, `</`,
	"\u202eevil\u2066 \u0645\u0631\u062d\u0628\u0627", "\u2028\u2029", "\x00<b>\x00", "\xff\xfe<b>", `<svg/onload=alert(1)>`, `<template><img></template>`, `{{constructor}}${alert(1)}`,
	`<math><mi//xlink:href="data:x,<script>alert(1)</script>">`, `<base href=//evil.example>`, `x' style='color:red`, `<noscript><p title="</noscript><img src=x onerror=alert(1)>">`,
}

// FuzzPages draws every page and every answer with a hostile text wherever a model has one. It has the very elements and
// attributes that it has with a harmless text, so that nothing of the text became markup; none of them runs anything; and the
// text is there.
func FuzzPages(f *testing.F) {
	pages := slices.Sorted(maps.Keys(drawnByHandlers))
	for page := range pages {
		for i, text := range hostileTexts {
			f.Add(uint8(page), text, uint32(0xb5c3_9a6d)>>(i%7), uint8(i))
			f.Add(uint8(page), text, uint32(0xffff_ffff), uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, text string, shape uint32, choice uint8) {
		t.Parallel() // the thousands of seeds in the ordinary run
		if len(strings.TrimSpace(text)) == 0 || len(text) > 2000 {
			t.Skip("where there is nothing, pages rightly show less; and a form is not that long")
		}
		name := pages[int(which)%len(pages)]
		plain := draw(t, filler{text: plainText, shape: uint(shape), choice: uint(choice)}.component(drawnByHandlers[name]))
		page := draw(t, filler{text: text, shape: uint(shape), choice: uint(choice)}.component(drawnByHandlers[name]))
		if got, want := skeleton(page), skeleton(plain); !slices.Equal(got, want) {
			t.Errorf("%s with %q has other elements or attributes: %s", name, text, unlike(want, got))
		}
		checkInert(t, fmt.Sprintf("%s with %q", name, text), page)
		inertAddresses(t, name, text, page)
		if name != "Gallery" {
			comesBack(t, name, text, page)
		}
	})
}

// unlike is the first line in which two lists differ.
func unlike(want, got []string) string {
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(got):
			return "nothing in place of " + want[i]
		case i >= len(want):
			return got[i] + " at the end"
		case got[i] != want[i]:
			return fmt.Sprintf("%q in place of %q", got[i], want[i])
		}
	}
	return ""
}
