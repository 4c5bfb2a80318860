package provisioning

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/digitalocean/godo"
)

// tagForm is how the provider writes tags. One that is empty or has other characters would list machines of others.
var tagForm = regexp.MustCompile(`^[A-Za-z0-9_:-]{1,255}$`)

// CreateDroplet asks for a machine.
func (c *DigitalOcean) CreateDroplet(ctx context.Context, spec DropletSpec) (Droplet, error) {
	const call = "CreateDroplet"
	if len(spec.Tags) == 0 {
		return Droplet{}, refused(call, "A machine without a tag could not be found again.")
	}
	for _, tag := range spec.Tags {
		if !tagForm.MatchString(tag) {
			return Droplet{}, refused(call, fmt.Sprintf("%q is no tag.", tag))
		}
	}
	made, answer, err := c.client.Droplets.Create(ctx, &godo.DropletCreateRequest{
		Name: spec.Name, Region: spec.Region, Size: spec.Size, Image: imageOf(spec.Image), Tags: spec.Tags,
		SSHKeys: []godo.DropletCreateSSHKey{},
	})
	if err == nil && (made == nil || made.ID < 1) {
		err = errNoAnswer
	}
	if err != nil {
		return Droplet{}, c.fault(call, answer, err)
	}
	return dropletOf(*made), nil
}

// imageOf takes the name of an image, or the number of one's own.
func imageOf(image string) godo.DropletCreateImage {
	if id, err := strconv.Atoi(image); err == nil && id > 0 {
		return godo.DropletCreateImage{ID: id}
	}
	return godo.DropletCreateImage{Slug: image}
}

// GetDroplet returns a machine.
func (c *DigitalOcean) GetDroplet(ctx context.Context, id int64) (Droplet, error) {
	const call = "GetDroplet"
	found, answer, err := c.client.Droplets.Get(ctx, int(id))
	if err == nil && (found == nil || int64(found.ID) != id) {
		err = errNoAnswer
	}
	if err != nil {
		return Droplet{}, c.fault(call, answer, err)
	}
	return dropletOf(*found), nil
}

// ListDroplets returns the machines that carry the tag, the oldest first.
func (c *DigitalOcean) ListDroplets(ctx context.Context, tag string) ([]Droplet, error) {
	const call = "ListDroplets"
	if !tagForm.MatchString(tag) {
		return nil, refused(call, fmt.Sprintf("%q is no tag.", tag))
	}
	byID := map[int64]Droplet{} // a machine that was made meanwhile moves the others to the next page
	var last *godo.Response
	err := eachPage(ctx, func(ctx context.Context, page *godo.ListOptions) (*godo.Response, error) {
		found, answer, err := c.client.Droplets.ListByTag(ctx, tag, page)
		last = answer
		for _, d := range found {
			// Whoever lists by tag may be about to delete: what does not carry it is not ours, whatever the answer says.
			if d.ID > 0 && carries(d.Tags, tag) {
				byID[int64(d.ID)] = dropletOf(d)
			}
		}
		return answer, err
	})
	if err != nil {
		return nil, c.fault(call, last, err)
	}
	list := make([]Droplet, 0, len(byID))
	for _, d := range byID {
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b Droplet) int { return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID)) })
	return list, nil
}

// carries compares without case, as the provider does.
func carries(tags []string, tag string) bool {
	return slices.ContainsFunc(tags, func(other string) bool { return strings.EqualFold(other, tag) })
}

// DeleteDroplet destroys a machine.
func (c *DigitalOcean) DeleteDroplet(ctx context.Context, id int64) error {
	answer, err := c.client.Droplets.Delete(ctx, int(id))
	return c.fault("DeleteDroplet", answer, err)
}

// Power switches a machine on or off. Off is power_off, not shutdown: that asks the system inside, which may not obey, and a
// machine that is suspended must be off. It is as if the plug were pulled; file systems and databases recover from that.
// While another action is on, it is Limited: ask again.
func (c *DigitalOcean) Power(ctx context.Context, id int64, on bool) error {
	ask := c.client.DropletActions.PowerOff
	if on {
		ask = c.client.DropletActions.PowerOn
	}
	action, answer, err := ask(ctx, int(id))
	if err == nil && (action == nil || action.ID < 1) {
		err = errNoAnswer
	}
	return c.fault("Power", answer, err)
}

func dropletOf(d godo.Droplet) Droplet {
	droplet := Droplet{ID: int64(d.ID), Name: d.Name, Status: DropletStatus(d.Status), Size: d.SizeSlug, Tags: d.Tags}
	if d.Region != nil {
		droplet.Region = d.Region.Slug
	}
	if created, err := time.Parse(time.RFC3339, d.Created); err == nil {
		droplet.CreatedAt = created.UTC()
	}
	if text, err := d.PublicIPv4(); err == nil {
		if address, err := netip.ParseAddr(text); err == nil && address.Is4() {
			droplet.Address = address
		}
	}
	return droplet
}
