package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"arcadia.example/console/access"
	"arcadia.example/console/views"
)

const (
	actorKey     = "actor"
	personCookie = "arcadia_demo_person"
)

// identified says who asks, and lets in who holds the permission.
func (s *Server) identified(p access.Permission, next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		actor := s.person(c.Request())
		c.Set(actorKey, actor)
		if !actor.Can(p) {
			return failure{
				status: http.StatusForbidden,
				text:   "You act as " + actor.Label() + ". This needs " + (p.Needs() | access.Admin).Label("or") + ".",
			}
		}
		return next(c)
	}
}

// actorOf is who asks; the zero actor, who may do nothing, before identified has run.
func actorOf(c echo.Context) access.Actor {
	actor, _ := c.Get(actorKey).(access.Actor)
	return actor
}

// person is the demo's person that the browser chose; a cookie that names nobody counts as none.
func (s *Server) person(r *http.Request) access.Actor {
	chosen := s.start
	if cookie, err := r.Cookie(personCookie); err == nil {
		for _, p := range s.people {
			if p.ID == cookie.Value {
				chosen = p
			}
		}
	}
	return access.Actor{Kind: access.Staff, ID: chosen.ID, Name: chosen.Name, Roles: chosen.Roles}
}

type personForm struct {
	Person string `schema:"person,required"`
	Next   string `schema:"next"`
}

// choosePerson makes the browser act as another of the demo's people.
func (s *Server) choosePerson(c echo.Context) error {
	var form personForm
	if err := readForm(c, &form); err != nil {
		return err
	}
	for _, p := range s.people {
		if p.ID == form.Person {
			c.SetCookie(s.cookie(personCookie, p.ID, 30*24*60*60))
			return c.Redirect(http.StatusSeeOther, localPath(form.Next))
		}
	}
	return badRequest("person", "There is no such person in the demo.")
}

func (s *Server) demoSwitch(actor access.Actor) *views.DemoSwitch {
	choice := &views.DemoSwitch{Current: actor.ID}
	for _, p := range s.people {
		choice.People = append(choice.People, views.Person{ID: p.ID, Name: p.Name, Role: p.Roles.Label("and")})
	}
	return choice
}

// cookie is one that scripts and other sites never see.
func (s *Server) cookie(name, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	}
}

// localPath is where to go on after a form, if that is a path of this console; otherwise "/". Browsers take
// backslashes for slashes and drop tabs and line ends, so what has any of them, or two slashes, is not followed.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") {
		return "/"
	}
	for _, r := range next {
		if r <= ' ' || r == '\\' || r == 0x7f {
			return "/"
		}
	}
	lower := strings.ToLower(next)
	for _, escaped := range []string{"/%09", "/%0a", "/%0d", "/%2f", "/%5c"} {
		if strings.HasPrefix(lower, escaped) {
			return "/"
		}
	}
	return next
}
