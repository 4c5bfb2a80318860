package provisioning

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/digitalocean/godo"
)

const (
	zonesKept  = time.Minute     // how long a list of zones is believed
	zonesFresh = 2 * time.Second // how old it may be where it does not have what is asked for
)

var (
	zoneForm = regexp.MustCompile(`^([a-z0-9_-]{1,63}\.)*[a-z0-9-]{1,63}$`)
	kindForm = regexp.MustCompile(`^[A-Z]{1,10}$`)
)

// FindZone returns the longest zone that a host name lies in. The list of zones is kept for a minute; before it says that there is
// none, it is read anew.
func (c *DigitalOcean) FindZone(ctx context.Context, hostname string) (string, error) {
	zones, err := c.listZones(ctx, zonesKept)
	if err == nil && longestZone(zones, hostname) == "" {
		zones, err = c.listZones(ctx, zonesFresh)
	}
	if err != nil {
		return "", err
	}
	if zone := longestZone(zones, hostname); zone != "" {
		return zone, nil
	}
	return "", &Fault{Kind: NotFound, Call: "FindZone", Message: fmt.Sprintf("No zone of the provider holds %s.", c.plain(hostname))}
}

func longestZone(zones []string, hostname string) string {
	longest := ""
	for _, zone := range zones {
		if _, inside := labelIn(zone, hostname); inside && len(zone) > len(longest) {
			longest = zone
		}
	}
	return longest
}

// listZones returns the zones, none older than maxAge.
func (c *DigitalOcean) listZones(ctx context.Context, maxAge time.Duration) ([]string, error) {
	c.mu.Lock()
	zones, at := c.zones, c.zonesAt
	c.mu.Unlock()
	asked := c.now()
	if !at.IsZero() && asked.Sub(at) < maxAge {
		return zones, nil
	}
	zones = nil
	var last *godo.Response
	err := eachPage(ctx, func(ctx context.Context, page *godo.ListOptions) (*godo.Response, error) {
		found, answer, err := c.client.Domains.List(ctx, page)
		last = answer
		for _, domain := range found {
			if zone := plainName(domain.Name); zoneForm.MatchString(zone) {
				zones = append(zones, zone)
			}
		}
		return answer, err
	})
	if err != nil {
		return nil, c.fault("FindZone", last, err)
	}
	c.mu.Lock()
	c.zones, c.zonesAt = zones, asked
	c.mu.Unlock()
	return zones, nil
}

// ListRecords returns the records of that type at a host name.
func (c *DigitalOcean) ListRecords(ctx context.Context, zone, hostname, kind string) ([]Record, error) {
	const call = "ListRecords"
	zone, hostname = plainName(zone), plainName(hostname)
	if _, fault := placeIn(call, zone, hostname, kind); fault != nil {
		return nil, fault
	}
	var records []Record
	var last *godo.Response
	err := eachPage(ctx, func(ctx context.Context, page *godo.ListOptions) (*godo.Response, error) {
		found, answer, err := c.client.Domains.RecordsByTypeAndName(ctx, zone, kind, hostname, page)
		last = answer
		for _, d := range found {
			// What was not asked for must not be changed, whatever the answer says.
			if r := recordOf(zone, d); r.ID > 0 && r.Kind == kind && r.Hostname == hostname {
				records = append(records, r)
			}
		}
		return answer, err
	})
	if err != nil {
		return nil, c.fault(call, last, err)
	}
	return records, nil
}

// CreateRecord adds a record.
func (c *DigitalOcean) CreateRecord(ctx context.Context, zone string, r Record) (Record, error) {
	const call = "CreateRecord"
	zone, r.Hostname = plainName(zone), plainName(r.Hostname)
	label, fault := placeIn(call, zone, r.Hostname, r.Kind)
	if fault != nil {
		return Record{}, fault
	}
	made, answer, err := c.client.Domains.CreateRecord(ctx, zone, &godo.DomainRecordEditRequest{
		Type: r.Kind, Name: label, Data: r.Value, TTL: int(r.TTL / time.Second),
	})
	return c.recordAnswer(call, zone, made, answer, err)
}

// EditRecord replaces the value and the time to live of a record.
func (c *DigitalOcean) EditRecord(ctx context.Context, zone string, r Record) (Record, error) {
	const call = "EditRecord"
	zone, r.Hostname = plainName(zone), plainName(r.Hostname)
	label, fault := placeIn(call, zone, r.Hostname, r.Kind)
	if fault != nil {
		return Record{}, fault
	}
	changed, answer, err := c.client.Domains.EditRecord(ctx, zone, int(r.ID), &godo.DomainRecordEditRequest{
		Type: r.Kind, Name: label, Data: r.Value, TTL: int(r.TTL / time.Second),
	})
	return c.recordAnswer(call, zone, changed, answer, err)
}

// recordAnswer reads what a call about one record was answered with.
func (c *DigitalOcean) recordAnswer(call, zone string, d *godo.DomainRecord, answer *godo.Response, err error) (Record, error) {
	if err == nil && (d == nil || d.ID < 1) {
		err = errNoAnswer
	}
	if err != nil {
		return Record{}, c.fault(call, answer, err)
	}
	return recordOf(zone, *d), nil
}

// DeleteRecord removes a record.
func (c *DigitalOcean) DeleteRecord(ctx context.Context, zone string, id int64) error {
	const call = "DeleteRecord"
	zone = plainName(zone)
	if !zoneForm.MatchString(zone) {
		return refused(call, fmt.Sprintf("%q is no zone.", c.plain(zone)))
	}
	answer, err := c.client.Domains.DeleteRecord(ctx, zone, int(id))
	return c.fault(call, answer, err)
}

// placeIn returns the name of a host within its zone, "@" for the zone itself.
func placeIn(call, zone, hostname, kind string) (string, error) {
	label, inside := labelIn(zone, hostname)
	switch {
	case !zoneForm.MatchString(zone) || !zoneForm.MatchString(strings.TrimPrefix(hostname, "*.")) || !inside:
		return "", refused(call, fmt.Sprintf("%q is no name in the zone %q.", hostname, zone))
	case !kindForm.MatchString(kind):
		return "", refused(call, fmt.Sprintf("%q is no type of record.", kind))
	}
	return label, nil
}

func labelIn(zone, hostname string) (label string, inside bool) {
	if hostname = plainName(hostname); hostname == zone {
		return "@", true
	}
	return strings.CutSuffix(hostname, "."+zone)
}

func plainName(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

func recordOf(zone string, d godo.DomainRecord) Record {
	hostname := plainName(d.Name) + "." + zone
	if d.Name == "@" || d.Name == "" {
		hostname = zone
	}
	return Record{ID: int64(d.ID), Kind: d.Type, Hostname: hostname, Value: d.Data, TTL: time.Duration(d.TTL) * time.Second}
}
