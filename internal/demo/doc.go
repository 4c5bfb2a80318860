// Package demo makes the data that the console is shown, tried and measured with: some eighty customers with histories
// of a year and a half that read like a support team's working life, and sets of any size for measuring.
package demo
