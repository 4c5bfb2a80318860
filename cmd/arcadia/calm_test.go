package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"arcadia.example/console/lifecycle"
)

// calm is an open page of a deployment that others change.
func calm(t *testing.T, who string, state lifecycle.State) (*world, uuid.UUID, *tab) {
	t.Helper()
	w, id := northwind(t, state)
	p := w.serve().tab(t, who)
	p.open("/deployments/" + id.String())
	return w, id, p
}

// box is where an element is.
func (p *tab) box(selector string) (b struct{ X, Y, Width, Height float64 }) {
	p.t.Helper()
	return js[struct{ X, Y, Width, Height float64 }](p, `document.querySelector(%s).getBoundingClientRect().toJSON()`, selector)
}

// tabTo gives an element the focus as the keyboard does.
func (p *tab) tabTo(id string) {
	p.t.Helper()
	p.press("k")
	js[bool](p, `document.getElementById(%s).focus() ?? true`, id)
	p.until(`document.activeElement.id === %s && document.activeElement.matches(":focus-visible")`, id)
}

// What has the focus keeps it, and a control with the focus does not vanish: its panel waits until the focus has gone.
func TestLiveNeverStealsTheFocus(t *testing.T) {
	t.Parallel()
	w, id, p := calm(t, "support", lifecycle.Active)
	p.tabTo("act-pause")
	w.moveAs("billing", id, lifecycle.Pause)
	p.attr(headBadge, "data-state", "paused")
	p.offers("1 changed")
	p.attr(testID("action-panel"), "data-version", "1")
	p.until(`document.activeElement.id === "act-pause"`)
	p.click(testID("live-show"))
	p.attr(testID("action-panel"), "data-version", "2")
	p.offersNothing()

	p.tabTo("act-resume")
	w.moveAs("billing", id, lifecycle.Resume)
	p.offers("1 changed")
	js[bool](p, `document.activeElement.blur() ?? true`)
	p.attr(testID("action-panel"), "data-version", "3")
	p.offersNothing()

	js[bool](p, `document.getElementById("global-search").focus() ?? true`)
	w.moveAs("billing", id, lifecycle.Pause)
	p.attr(testID("action-panel"), "data-version", "4")
	p.until(`document.activeElement.id === "global-search"`)
}

// The button under the pointer is what it was until the pointer has gone: nobody clicks what he did not read.
func TestLiveNeverChangesWhatIsUnderThePointer(t *testing.T) {
	t.Parallel()
	w, id, p := calm(t, "support", lifecycle.Active)
	p.hover("#act-pause")
	before := p.box("#act-pause")
	w.moveAs("billing", id, lifecycle.Pause)
	p.attr(headBadge, "data-state", "paused")
	p.offers("1 changed")
	if after := p.box("#act-pause"); after != before {
		t.Errorf("the button under the pointer moved from %v to %v", before, after)
	}
	p.click("#act-pause") // stale, and explained as ever
	p.reads("dialog[open]", "It is paused already")
	p.click(testID("dismiss"))
	p.misses("dialog[open]")
	p.attr(testID("action-panel"), "data-version", "2")
	p.offersNothing()
}

// A row under the pointer stays where it is: what would push it away waits.
func TestLiveNeverMovesTheRowUnderThePointer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	first, second := w.deployment(tenant, "First", lifecycle.Active), w.deployment(tenant, "Second", lifecycle.Active)
	p := w.serve().tab(t, "support")
	p.open("/deployments?sort=name")
	p.hover(row(second) + " .row-region")
	before := p.box(row(second))
	long := "First " + strings.TrimSpace(strings.Repeat("long ", 18))
	w.renames(first, long)
	w.moveAs("billing", second, lifecycle.Pause)
	p.attr(row(second)+" "+testID("state-badge"), "data-state", "paused")
	p.offers("1 changed")
	if after := p.box(row(second)); after.Y != before.Y {
		t.Errorf("the row under the pointer moved from %v to %v", before, after)
	}
	p.pointTo(point{700, 20})
	p.reads(row(first), long)
	p.offersNothing()
}

// An open dialog stays, with what was typed, and says that it is old; its buttons stay where they are.
func TestLiveLeavesTheDialogAlone(t *testing.T) {
	t.Parallel()
	w, id, p := calm(t, "support", lifecycle.Active)
	p.click(testID("action-pause"))
	p.fill(`[name="notes"]:not(#note-text)`, "Asked for by phone.")
	p.until(`document.getAnimations().length === 0`)
	before := p.box(confirm)
	w.moveAs("billing", id, lifecycle.MarkPastDue)
	p.reads(testID("live-stale"), "Now past due; your text stays.")
	p.attr(headBadge, "data-state", "past_due")
	p.value(`[name="notes"]:not(#note-text)`, "Asked for by phone.")
	p.until(`document.activeElement.name === "notes"`)
	if after := p.box(confirm); after != before {
		t.Errorf("the button of the dialog moved from %v to %v", before, after)
	}
	p.click(confirm)
	p.reads(testID("kept-notes"), "Asked for by phone.")
}

// So does the dialog of a whole account.
func TestLiveLeavesTheDialogOfAnAccountAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenant("Northwind")
	first, second := w.deployment(tenant, "First", lifecycle.Active), w.deployment(tenant, "Second", lifecycle.Active)
	p := w.serve().tab(t, "support")
	p.open("/tenants/" + tenant.String())
	p.click(testID("account-action-pause"))
	p.fill(`[data-testid="transition-form"] [name="notes"]`, "On holiday.")
	w.renames(second, "Renamed") // which has nothing to do with it
	p.until(`document.querySelector(%s).textContent.includes("Renamed")`, row(second))
	p.misses(testID("live-stale"))
	w.moveAs("billing", first, lifecycle.Cancel)
	p.reads(testID("live-stale"), "The account changed; your text stays.")
	p.value(`[data-testid="transition-form"] [name="notes"]`, "On holiday.")
}

// A note that is being typed, its caret, open details and selected text stay; the timeline grows above them all the same.
func TestLiveLeavesAloneWhatPeopleDo(t *testing.T) {
	t.Parallel()
	w, id, p := calm(t, "support", lifecycle.Active)
	p.click("#blocked-more summary")
	p.until(`document.getElementById("blocked-more").open`)
	p.fill("#note-text", "They called again")
	js[bool](p, `document.getElementById("note-text").setSelectionRange(5, 11) ?? true`)
	p.pointTo(point{700, 20})
	w.moveAs("billing", id, lifecycle.Pause)
	p.attr(testID("event"), "data-to", "paused")
	p.attr(testID("action-panel"), "data-version", "2")
	p.value("#note-text", "They called again")
	p.until(`(e => document.activeElement === e && e.selectionStart === 5 && e.selectionEnd === 11)(document.getElementById("note-text"))`)
	p.until(`document.getElementById("blocked-more").open`)

	js[bool](p, `document.activeElement.blur() ?? getSelection().selectAllChildren(document.querySelector("#deployment-head h1")) ?? true`)
	w.renames(id, "Storefront")
	p.offers("1 changed")
	p.reads("h1", "Web shop")
	if got := js[string](p, `getSelection().toString()`); got != "Web shop" {
		t.Errorf("selected is %q", got)
	}
	js[bool](p, `getSelection().removeAllRanges() ?? true`)
	p.reads("h1", "Storefront")
	p.offersNothing()
}

// An own move is not undone by a reading that began before it.
func TestOwnMovesStay(t *testing.T) {
	t.Parallel()
	w, id, p := calm(t, "support", lifecycle.Active)
	// A reading gets the page as it was, and brings it when it is let go.
	js[bool](p, `(ask => { let open; const gate = new Promise(done => { open = done; }); window.readings = []; window.letGo = open; window.fetch = async (...all) => {
		const answer = await ask(...all), text = await answer.text();
		if (all[1]?.headers?.["Arcadia-Live"]) { readings.push("begun"); await gate; readings.push("ended"); }
		return new Response(text, answer);
	}; return true; })(window.fetch)`)
	w.renames(id, "Storefront")
	p.until(`readings.length === 1`)
	p.click(testID("action-pause"))
	p.reason(lifecycle.Seasonal)
	p.click(confirm)
	p.attr(testID("action-panel"), "data-version", "2")
	js[bool](p, `window.versions = new Set(), new MutationObserver(() => window.versions.add(document.getElementById("action-panel").dataset.version))
		.observe(document.body, {subtree: true, childList: true, attributes: true}) ?? true`)
	js[bool](p, `letGo() ?? true`)
	p.until(`readings.length >= 4`) // the second sees the own move, too
	time.Sleep(200 * time.Millisecond)
	if got := js[string](p, `[...window.versions].join()`); strings.Contains(got, "1") {
		t.Errorf("the panel went through the versions %s", got)
	}
}
