package catalog

// CheckPerson returns what is wrong with the e-mail and the name of a member of staff; nil when nothing is.
func CheckPerson(email, name string) Problems {
	var p Problems
	p.add("email", checkEmail(email))
	p.add("name", checkText("The name", name, 1, 200))
	return p
}
