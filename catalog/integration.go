package catalog

// CheckIntegration returns what is wrong with the name and the description of an integration; nil when nothing is. The name
// must leave a slug, under which the integration stands in every record.
func CheckIntegration(name, description string) Problems {
	var p Problems
	text := checkText("The name", name, 1, 100)
	if text == "" && Slugify(name) == "" {
		text = "The name needs a letter or a digit of the Latin alphabet."
	}
	p.add("name", text)
	p.add("description", checkText("The description", description, 0, 500))
	return p
}

// CheckTokenLabel returns what is wrong with the words by which a token is told from others, or "".
func CheckTokenLabel(label string) string { return checkText("The label", label, 0, 100) }
