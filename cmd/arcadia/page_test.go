package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// call runs one command of the protocol.
func call[P, R any](p *tab, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, waitLimit)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		p.t.Fatal(err)
	}
	return result
}

// js evaluates an expression in the page. It works in pages whose own scripts are off, too.
func js[T any](p *tab, expression string, args ...any) T {
	p.t.Helper()
	result, err := evaluate[T](p, expression, args...)
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return result
}

// evaluate puts each argument as JSON in place of a %s.
func evaluate[T any](p *tab, expression string, args ...any) (T, error) {
	words := make([]any, len(args))
	for i, a := range args {
		word, err := json.Marshal(a)
		if err != nil {
			p.t.Fatal(err)
		}
		words[i] = string(word)
	}
	if len(args) > 0 {
		expression = fmt.Sprintf(expression, words...)
	}
	ctx, cancel := context.WithTimeout(p.ctx, waitLimit)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// until waits for a condition in the page. It bears navigations: an evaluation that one breaks off is repeated.
func (p *tab) until(condition string, args ...any) {
	p.t.Helper()
	var err error
	for deadline := time.Now().Add(waitLimit); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		var ok bool
		if ok, err = evaluate[bool](p, "!!("+condition+")", args...); ok && err == nil {
			return
		}
	}
	p.t.Fatalf("not within %v: %s %q (%v)", waitLimit, condition, args, err)
}

// open goes to a path and waits for the page to be there whole.
func (p *tab) open(path string) {
	p.t.Helper()
	p.do(chromedp.Navigate(p.base + path))
}

// arrives runs something that leads to another page, and waits for that one to be there whole.
func (p *tab) arrives(fn func()) {
	p.t.Helper()
	js[bool](p, `window.departed = true`)
	fn()
	p.until(`!window.departed && document.readyState === "complete"`)
}

// testID selects by test id; more than one: each inside the one before.
func testID(names ...string) string {
	selectors := make([]string, len(names))
	for i, name := range names {
		selectors[i] = `[data-testid="` + name + `"]`
	}
	return strings.Join(selectors, " ")
}

// row selects the row of a list that shows a record.
func row(record fmt.Stringer) string {
	return `[data-testid$="-row"][data-id="` + record.String() + `"]`
}

const visible = `[...document.querySelectorAll(%s)].filter(e => e.checkVisibility({visibilityProperty: true}))`

// sees waits until something is to be seen.
func (p *tab) sees(selector string) {
	p.t.Helper()
	p.until(visible+`.length > 0`, selector)
}

// misses waits until nothing of it is to be seen.
func (p *tab) misses(selector string) {
	p.t.Helper()
	p.until(visible+`.length === 0`, selector)
}

// reads waits until the first visible element contains the text.
func (p *tab) reads(selector, text string) {
	p.t.Helper()
	p.until(visible+`[0]?.textContent.replace(/\s+/g, " ").includes(%s)`, selector, text)
}

// count is how many of it are to be seen now.
func (p *tab) count(selector string) int {
	p.t.Helper()
	return js[int](p, visible+`.length`, selector)
}

// attr waits until an attribute of the first visible element has the value.
func (p *tab) attr(selector, name, value string) {
	p.t.Helper()
	p.until(visible+`[0]?.getAttribute(%s) === %s`, selector, name, value)
}

// value waits until the field holds the text.
func (p *tab) value(selector, text string) {
	p.t.Helper()
	p.until(`document.querySelector(%s)?.value === %s`, selector, text)
}

// place is the middle of an element, where nothing else lies above it.
const place = `(() => {
  const e = ` + visible + `[0];
  if (!e) return null;
  e.scrollIntoView({block: "center", inline: "nearest", behavior: "instant"});
  const r = e.getClientRects()[0], x = r.x + r.width / 2, y = r.y + r.height / 2;
  const hit = document.elementFromPoint(x, y);
  return e.contains(hit) || hit?.closest("label")?.control === e ? {x, y} : null;
})()`

type point struct{ X, Y float64 }

// click presses the mouse on the first visible element as soon as nothing covers it.
func (p *tab) click(selector string) {
	p.t.Helper()
	p.clicks(selector, 1)
}

// clicks presses the mouse several times at the same place, without a pause.
func (p *tab) clicks(selector string, times int) {
	p.t.Helper()
	p.until(place, selector)
	at := js[point](p, place, selector)
	for range times {
		p.do(chromedp.MouseClickXY(at.X, at.Y))
	}
}

// hover moves the mouse onto the first visible element.
func (p *tab) hover(selector string) {
	p.t.Helper()
	p.until(place, selector)
	at := js[point](p, place, selector)
	p.pointTo(at)
}

// pointTo moves the mouse to a place.
func (p *tab) pointTo(at point) {
	p.t.Helper()
	call(p, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: "mouseMoved", X: at.X, Y: at.Y})
}

// fill replaces what a field holds, as typing does.
func (p *tab) fill(selector, text string) {
	p.t.Helper()
	p.sees(selector)
	js[bool](p, `(e => { e.focus(); e.select(); return true; })(`+visible+`[0])`, selector)
	call(p, input.InsertText, input.InsertTextParams{Text: text})
}

// choose takes an option of a list.
func (p *tab) choose(selector, value string) {
	p.t.Helper()
	p.sees(selector)
	js[bool](p, `(e => { e.value = %[2]s; e.dispatchEvent(new Event("change", {bubbles: true})); return e.value === %[2]s; })(document.querySelector(%[1]s))`, selector, value)
}

// press presses keys one after the other.
func (p *tab) press(keys string) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// enter presses Enter; held is a repetition by a key that stays down. What Enter types comes with the key, as from a
// keyboard: by itself it could reach what the key has just opened.
func (p *tab) enter(held bool) {
	p.t.Helper()
	key := input.DispatchKeyEventParams{Type: "keyDown", Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13, Text: "\r", AutoRepeat: &held}
	call(p, input.DispatchKeyEvent, key)
	if !held {
		key.Type, key.Text = "keyUp", ""
		call(p, input.DispatchKeyEvent, key)
	}
}

// at waits until the address is the path with its query.
func (p *tab) at(address string) {
	p.t.Helper()
	p.until(`location.pathname + location.search === %s`, address)
}

// back goes back in the history as the browser's button does.
func (p *tab) back() {
	p.t.Helper()
	// The page may be left sooner than it could answer; that it was left is what the caller waits for.
	_, _ = evaluate[bool](p, `history.back() ?? true`)
}
