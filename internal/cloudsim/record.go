package cloudsim

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Record is one entry of a zone.
type Record struct {
	ID       int64  `json:"id"`
	Kind     string `json:"kind"`     // "A"
	Hostname string `json:"hostname"` // whole
	Value    string `json:"value"`
	TTL      int    `json:"ttl"` // seconds
}

const (
	usualTTL = 1800
	leastTTL = 30
)

// recordRequest is the body of a creation or a change.
type recordRequest struct {
	Type string `json:"type"`
	Name string `json:"name"` // within the zone; "@" is the zone itself
	Data string `json:"data"`
	TTL  int    `json:"ttl"`
}

func (q recordRequest) hostname(zone string) string {
	if q.Name == "@" {
		return zone
	}
	return plain(q.Name) + "." + zone
}

func (q recordRequest) objection() string {
	address, err := netip.ParseAddr(q.Data)
	switch {
	case !slices.Contains([]string{"A", "AAAA", "CNAME", "TXT"}, q.Type):
		return "Type is not included in the list."
	case q.Name == "":
		return "Name can't be blank."
	case q.Data == "":
		return "Data can't be blank."
	case q.Type == "A" && (err != nil || !address.Is4()):
		return "IP address did not match IPv4 format (e.g. 127.0.0.1)."
	case q.Type == "AAAA" && (err != nil || !address.Is6()):
		return "IP address did not match IPv6 format."
	case q.TTL != 0 && q.TTL < leastTTL:
		return "TTL must be greater than or equal to 30."
	}
	return ""
}

func (s *Simulator) listDomains(c *call) answer {
	return paged(c, s.url, "domains", s.state.zoneNames(), func(name string) any {
		return map[string]any{"name": name, "ttl": usualTTL, "zone_file": "$ORIGIN " + name + ".\n"}
	})
}

func (s *Simulator) listRecords(c *call) answer {
	records, known := s.state.Zones[c.zone]
	if !known {
		return missing()
	}
	query := c.request.URL.Query()
	kind, name := query.Get("type"), plain(query.Get("name"))
	var list []*Record
	for _, r := range records {
		if (kind == "" || r.Kind == kind) && (name == "" || r.Hostname == name) {
			list = append(list, r)
		}
	}
	return paged(c, s.url, "domain_records", list, func(r *Record) any { return r.told(c.zone) })
}

// told is a record as the provider tells it.
func (r *Record) told(zone string) map[string]any {
	name := "@"
	if r.Hostname != zone {
		name = strings.TrimSuffix(r.Hostname, "."+zone)
	}
	return map[string]any{
		"id": r.ID, "type": r.Kind, "name": name, "data": r.Value, "ttl": r.TTL, "priority": nil, "port": nil, "weight": nil, "flags": nil, "tag": nil,
	}
}

func (s *Simulator) createRecord(c *call) answer {
	q, refusal := s.recordRequest(c)
	if refusal != nil {
		return *refusal
	}
	r := &Record{ID: s.state.take(), Kind: q.Type, Hostname: q.hostname(c.zone), Value: q.Data, TTL: q.TTL}
	if r.TTL == 0 {
		r.TTL = usualTTL
	}
	s.state.Zones[c.zone] = append(s.state.Zones[c.zone], r)
	return done(http.StatusCreated, map[string]any{"domain_record": r.told(c.zone)})
}

func (s *Simulator) editRecord(c *call) answer {
	q, refusal := s.recordRequest(c)
	if refusal != nil {
		return *refusal
	}
	i := s.indexOf(c)
	if i < 0 {
		return missing()
	}
	r := s.state.Zones[c.zone][i]
	before := *r
	r.Kind, r.Hostname, r.Value = q.Type, q.hostname(c.zone), q.Data
	if q.TTL != 0 {
		r.TTL = q.TTL
	}
	a := found(map[string]any{"domain_record": r.told(c.zone)})
	a.effect = *r != before
	return a
}

func (s *Simulator) deleteRecord(c *call) answer {
	i := s.indexOf(c)
	if i < 0 {
		return missing()
	}
	s.state.Gone[c.record] = true
	s.state.Zones[c.zone] = slices.Delete(s.state.Zones[c.zone], i, i+1)
	return done(http.StatusNoContent, nil)
}

// recordRequest reads the body; an answer if there is nothing that could be done.
func (s *Simulator) recordRequest(c *call) (q recordRequest, refusal *answer) {
	a := missing()
	if s.state.Zones[c.zone] == nil {
		return q, &a
	}
	if err := json.Unmarshal(c.body, &q); err != nil {
		a = failed(http.StatusBadRequest, "bad_request", "The body of the request is no JSON.")
		return q, &a
	}
	if why := q.objection(); why != "" {
		a = failed(http.StatusUnprocessableEntity, "unprocessable_entity", why)
		return q, &a
	}
	return q, nil
}

// indexOf is the place of the call's record in its zone; -1 if it has none.
func (s *Simulator) indexOf(c *call) int {
	return slices.IndexFunc(s.state.Zones[c.zone], func(r *Record) bool { return r.ID == c.record })
}

// recordNames are by what a fault may be about the call.
func (s *Simulator) recordNames(c *call) []string {
	names := []string{c.zone, plain(c.request.URL.Query().Get("name"))}
	if i := s.indexOf(c); i >= 0 {
		names = append(names, s.state.Zones[c.zone][i].Hostname, strconv.FormatInt(c.record, 10))
	}
	var q recordRequest
	if json.Unmarshal(c.body, &q) == nil && q.Name != "" {
		names = append(names, q.hostname(c.zone))
	}
	return names
}
