package views

import "net/http"

// Failure is why a request was not answered as asked.
type Failure struct {
	Status    int    // of the response
	Text      string // what exactly was wrong, safe to show; may be empty
	RequestID string // with which the log can be searched; not shown for 404, whose bytes are always the same
}

// FailurePage is the page of an error.
type FailurePage struct {
	Page
	Failure Failure
}

// failureText is what an error means to people.
type failureText struct{ Title, Happened, Not, Do string }

const (
	nothingChanged = "Nothing was changed."
	nothingShown   = "Nothing was shown, and nothing was changed."
)

var failureTexts = map[int]failureText{
	http.StatusBadRequest: {
		"This cannot be understood", "The address or the form has something in it that is not possible.", nothingChanged,
		"Go back and try again, or start from the list.",
	},
	http.StatusUnauthorized: {
		"You are not signed in", "This page needs to know who you are.", nothingShown, "Sign in and try again.",
	},
	http.StatusForbidden: {
		"You may not do this", "Your role does not allow it, or the request came from another site.", nothingChanged,
		"Ask somebody who may, or go on with something else.",
	},
	http.StatusNotFound: {
		"There is no such page", "The address leads nowhere: it may be mistyped, or what it named may never have existed.", nothingChanged,
		"Look for it with the search above, or start from a list.",
	},
	http.StatusMethodNotAllowed: {
		"This address does not work that way", "It was called in a way that it does not answer to.", nothingChanged,
		"Open the page from a list and use its buttons.",
	},
	http.StatusConflict: {
		"It changed in the meantime", "Somebody else was faster, and what you saw is no longer how it is.", nothingChanged,
		"Look at how it is now, and try again if it still makes sense.",
	},
	http.StatusRequestEntityTooLarge: {
		"This is too much at once", "What was sent is larger than 1 MB.", "Nothing of it was read, and nothing was changed.",
		"Send less, or use the command line for large files.",
	},
	http.StatusUnsupportedMediaType: {
		"This cannot be read", "What was sent is not of a kind that is understood here.", nothingChanged, "Use the form on the page.",
	},
	http.StatusUnprocessableEntity: {
		"This is not possible", "The request was understood, but the rules do not allow it.", nothingChanged,
		"Look at what is possible now.",
	},
	http.StatusTooManyRequests: {
		"Too many requests", "More came from you than is let through at once.", "This one was not carried out.",
		"Wait a minute and try again.",
	},
	http.StatusInternalServerError: {
		"Something broke here", "An error in the console, not in what you did.",
		"If you were changing something, it was either done whole or not at all.",
		"Look whether it was done before you try again. Tell us the request ID if it goes on.",
	},
	http.StatusServiceUnavailable: {
		"The console cannot answer right now", "Its database cannot be reached, or it is busy or about to restart.",
		"If you were changing something, it was either done whole or not at all.",
		"Try again in a moment; the same form is never carried out twice.",
	},
}

// text is what there is to say. A status without words of its own gets those of its class.
func (f Failure) text() failureText {
	words, ok := failureTexts[f.Status]
	if !ok {
		words = failureTexts[http.StatusBadRequest]
		if f.Status >= http.StatusInternalServerError {
			words = failureTexts[http.StatusInternalServerError]
		}
	}
	if f.Text != "" {
		words.Happened = f.Text
	}
	return words
}

// requestID is the ID to show, if any.
func (f Failure) requestID() string {
	if f.Status == http.StatusNotFound {
		return ""
	}
	return f.RequestID
}

// Title is what happened in a few words, for the title of the page.
func (f Failure) Title() string { return f.text().Title }

func (f Failure) icon() string {
	switch f.Status {
	case http.StatusNotFound:
		return "search"
	case http.StatusUnauthorized, http.StatusForbidden:
		return "ban"
	case http.StatusConflict:
		return "history"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return "clock"
	}
	return "triangle-alert"
}

// Sentence is the failure in a line.
func (f Failure) Sentence() string {
	words := f.text()
	return words.Title + ". " + words.Happened + " " + words.Not
}

// notice is the failure as a toast.
func (f Failure) notice() Notice {
	text := f.Sentence()
	if id := f.requestID(); id != "" && f.Status >= http.StatusInternalServerError {
		text += " Request " + id + "."
	}
	return Notice{Kind: NoticeError, Text: text}
}

// frame is the page around the error. It repeats nothing of an address that leads nowhere.
func (p FailurePage) frame() Page {
	page := p.Page
	page.Title = p.Failure.Title()
	if p.Failure.Status == http.StatusNotFound {
		page.Path, page.Query, page.Notice = "/", "", nil
	}
	return page
}
