package cloudsim

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Droplet is a machine of the provider.
type Droplet struct {
	ID        int64      `json:"id"`
	Name      string     `json:"name"`
	Region    string     `json:"region"`
	Size      string     `json:"size"`
	Image     string     `json:"image"`
	Tags      []string   `json:"tags"`
	Address   netip.Addr `json:"address"` // told once it is active
	CreatedAt time.Time  `json:"created_at"`
	ActiveAt  time.Time  `json:"active_at"`
	ListedAt  time.Time  `json:"listed_at"`
	ShownAt   time.Time  `json:"shown_at"`
	On        bool       `json:"on"`

	SwitchTo bool      `json:"switch_to"` // while an action is on
	SwitchAt time.Time `json:"switch_at"` // when it is done; zero: there is none
}

// Status is the provider's word for what it does at a time: new, active or off.
func (d *Droplet) Status(now time.Time) string {
	d.settle(now)
	switch {
	case now.Before(d.ActiveAt):
		return "new"
	case d.On:
		return "active"
	}
	return "off"
}

// settle ends an action whose time has come.
func (d *Droplet) settle(now time.Time) {
	if !d.SwitchAt.IsZero() && !now.Before(d.SwitchAt) {
		d.On, d.SwitchAt = d.SwitchTo, time.Time{}
	}
}

// busy reports whether an action is on, the creation included.
func (d *Droplet) busy(now time.Time) bool {
	d.settle(now)
	return now.Before(d.ActiveAt) || !d.SwitchAt.IsZero()
}

func (d *Droplet) carries(tag string) bool {
	return slices.ContainsFunc(d.Tags, func(other string) bool { return strings.EqualFold(other, tag) })
}

func (d *Droplet) copied() Droplet {
	c := *d
	c.Tags = slices.Clone(d.Tags)
	return c
}

// names are by what a Fault may be about it.
func (d *Droplet) names() []string {
	return append([]string{d.Name, strconv.FormatInt(d.ID, 10)}, d.Tags...)
}

var (
	hostForm = regexp.MustCompile(`^[A-Za-z0-9.-]{1,253}$`)
	tagForm  = regexp.MustCompile(`^[A-Za-z0-9_:-]{1,255}$`)
)

// dropletRequest is the body of a creation. Fields that are not here are not simulated.
type dropletRequest struct {
	Name   string          `json:"name"`
	Region string          `json:"region"`
	Size   string          `json:"size"`
	Image  json.RawMessage `json:"image"` // a name, or the number of an own image
	Tags   []string        `json:"tags"`
}

func (q dropletRequest) objection() string {
	var image string
	var number int64
	known := json.Unmarshal(q.Image, &image) == nil && slices.Contains(images, image) || json.Unmarshal(q.Image, &number) == nil && number > 0
	switch {
	case !hostForm.MatchString(q.Name):
		return "Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)"
	case !slices.Contains(regions, q.Region):
		return "You specified an invalid region for Droplet creation."
	case !slices.Contains(sizes, q.Size):
		return "You specified an invalid size for Droplet creation."
	case !known:
		return "You specified an invalid image for Droplet creation."
	}
	for _, tag := range q.Tags {
		if !tagForm.MatchString(tag) {
			return "Tags may only contain letters, numbers, colons, dashes and underscores."
		}
	}
	return ""
}

func (s *Simulator) createDroplet(c *call) answer {
	var q dropletRequest
	if err := json.Unmarshal(c.body, &q); err != nil {
		return failed(http.StatusBadRequest, "bad_request", "The body of the request is no JSON.")
	}
	if why := q.objection(); why != "" {
		return failed(http.StatusUnprocessableEntity, "unprocessable_entity", why)
	}
	d := &Droplet{
		ID: s.state.take(), Name: q.Name, Region: q.Region, Size: q.Size, Image: strings.Trim(string(q.Image), `"`), Tags: q.Tags,
		Address: s.state.address(), On: true, CreatedAt: c.now, ActiveAt: c.now.Add(s.options.Activation),
		ListedAt: c.now.Add(s.options.Listing), ShownAt: c.now.Add(s.options.Showing),
	}
	s.state.Droplets[d.ID] = d
	c.droplet = d.ID
	return done(http.StatusAccepted, map[string]any{"droplet": d.told(c.now)})
}

// address is the next of the network that is set aside for measuring devices against each other: nobody answers there.
func (s *state) address() netip.Addr {
	s.NextAddress++
	var bytes [4]byte
	binary.BigEndian.PutUint32(bytes[:], 198<<24|18<<16|s.NextAddress&0x1ffff)
	return netip.AddrFrom4(bytes)
}

// told is a machine as the provider tells it.
func (d *Droplet) told(now time.Time) map[string]any {
	networks := []map[string]any{}
	status := d.Status(now)
	if status != "new" && d.Address.IsValid() {
		networks = append(networks,
			map[string]any{"ip_address": "10.114.0.2", "netmask": "255.255.240.0", "gateway": "", "type": "private"},
			map[string]any{"ip_address": d.Address.String(), "netmask": "255.255.240.0", "gateway": d.Address.String(), "type": "public"})
	}
	tags := d.Tags
	if tags == nil {
		tags = []string{}
	}
	return map[string]any{
		"id": d.ID, "name": d.Name, "status": status, "locked": d.busy(now), "created_at": d.CreatedAt.Format(time.RFC3339),
		"region": map[string]any{"slug": d.Region}, "size_slug": d.Size, "size": map[string]any{"slug": d.Size},
		"image": map[string]any{"slug": d.Image}, "networks": map[string]any{"v4": networks, "v6": []any{}}, "tags": tags,
	}
}

// shown is the machine of a call, if it can be seen already.
func (s *Simulator) shown(c *call) *Droplet {
	d := s.state.Droplets[c.droplet]
	if d == nil || c.now.Before(d.ShownAt) {
		return nil
	}
	return d
}

func (s *Simulator) getDroplet(c *call) answer {
	d := s.shown(c)
	if d == nil {
		return missing()
	}
	return found(map[string]any{"droplet": d.told(c.now)})
}

func (s *Simulator) listDroplets(c *call) answer {
	tag := c.request.URL.Query().Get("tag_name")
	var list []*Droplet
	for _, d := range s.state.Droplets {
		if !c.now.Before(d.ListedAt) && (tag == "" || d.carries(tag)) {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b *Droplet) int { return int(b.ID - a.ID) })
	return paged(c, s.url, "droplets", list, func(d *Droplet) any { return d.told(c.now) })
}

func (s *Simulator) deleteDroplet(c *call) answer {
	d := s.shown(c)
	if d == nil {
		return missing()
	}
	delete(s.state.Droplets, d.ID)
	s.state.Gone[d.ID] = true
	return done(http.StatusNoContent, nil)
}

func (s *Simulator) power(c *call) answer {
	var q struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(c.body, &q); err != nil || q.Type != "power_on" && q.Type != "power_off" {
		return failed(http.StatusUnprocessableEntity, "unprocessable_entity", "The type of this action is not one that can be simulated.")
	}
	d := s.shown(c)
	switch {
	case d == nil:
		return missing()
	case d.busy(c.now):
		return failed(http.StatusUnprocessableEntity, "unprocessable_entity", "Droplet already has a pending event.")
	}
	to := q.Type == "power_on"
	a := done(http.StatusCreated, map[string]any{"action": map[string]any{
		"id": s.state.take(), "status": "in-progress", "type": q.Type, "started_at": c.now.Format(time.RFC3339), "completed_at": nil,
		"resource_id": d.ID, "resource_type": "droplet", "region_slug": d.Region,
	}})
	a.effect = d.On != to
	d.SwitchTo, d.SwitchAt = to, c.now.Add(s.options.Switching)
	d.settle(c.now)
	return a
}

// dropletNames are by what a fault may be about the call.
func (s *Simulator) dropletNames(c *call) []string {
	if d := s.state.Droplets[c.droplet]; d != nil {
		return d.names()
	}
	var q dropletRequest
	_ = json.Unmarshal(c.body, &q) // no names in what is no JSON
	return append([]string{fmt.Sprint(c.droplet), q.Name, c.request.URL.Query().Get("tag_name")}, q.Tags...)
}
