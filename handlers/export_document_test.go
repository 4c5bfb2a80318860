package handlers

// Document is the document of the API as every console makes it.
func Document() ([]byte, error) {
	doc, err := newDocument((&Server{}).apiRoutes())
	if err != nil {
		return nil, err
	}
	return doc.text, nil
}
