package main

import (
	"context"
	"time"

	"github.com/chromedp/chromedp"
)

// orderForm fills in the form of a new deployment whose machine is to be built.
const orderForm = `(() => {
	const form = document.querySelector("[data-testid=deployment-form]");
	form.querySelector("[name=provision][value=true]").click();
	Object.entries({name: "Spring shop", hostname: "spring.arcadia-apps.example", app: "storefront", app_version: "4.2"})
		.forEach(([name, value]) => { form.elements[name].value = value; });
	["plan", "region", "size"].forEach(name => { form.elements[name].selectedIndex = 2; });
	return true;
})()`

// order has a machine built for a new deployment of the first tenant, and stays on its page while the droplet is not on yet.
func order(ctx context.Context, base string) error {
	tenant, err := firstRow(ctx, base+"/tenants")
	if err != nil {
		return err
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(base+tenant+"/deployments/new")); err != nil {
		return err
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](orderForm)); err != nil {
		return err
	}
	err = chromedp.Do(ctx,
		chromedp.Click(chromedp.CSS(`[data-testid="save"]`)),
		chromedp.WaitVisible(chromedp.CSS(`[data-testid="saga-step"][data-step="wait"][data-status="running"]`)),
		chromedp.Click(chromedp.CSS(`[data-dismiss-notice]`)), // it has been read, and would stand above the page
	)
	time.Sleep(2 * time.Second) // there is nothing to see in "since 0 s"
	return err
}
