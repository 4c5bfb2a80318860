package cloudsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// firstID is the number of the first machine or record that is made here.
const firstID = 500_000_001

// state is all that the provider knows, as it stands in the file.
type state struct {
	NextID      int64                `json:"next_id"`
	NextAddress uint32               `json:"next_address"`
	Ahead       time.Duration        `json:"ahead"` // of its clock, in nanoseconds
	Droplets    map[int64]*Droplet   `json:"droplets"`
	Zones       map[string][]*Record `json:"zones"`
	Gone        map[int64]bool       `json:"gone"` // machines and records that were deleted: a seed does not bring them back
}

// Seed is what somebody else remembers of this provider.
type Seed struct {
	Zones    []string
	Droplets []Droplet
	Records  []Record // an A record at a host name that has one is not added again; ID 0: a new number
	After    int64    // numbers of machines that are made from now on are greater
}

// Seed adds what is missing. What was deleted here stays deleted.
func (s *Simulator) Seed(seed Seed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.state.NextID = max(s.state.NextID, seed.After+1)
	for _, zone := range seed.Zones {
		s.state.addZone(zone)
	}
	for _, d := range seed.Droplets {
		s.state.NextID = max(s.state.NextID, d.ID+1)
		if s.state.Droplets[d.ID] == nil && !s.state.Gone[d.ID] {
			d = d.copied()
			if d.CreatedAt.IsZero() {
				d.CreatedAt = now
			}
			s.state.Droplets[d.ID] = &d
		}
	}
	for _, r := range seed.Records {
		if err := s.state.seedRecord(r); err != nil {
			return err
		}
	}
	return s.save()
}

func (s *state) seedRecord(r Record) error {
	zone := s.zoneOf(r.Hostname)
	if zone == "" {
		return fmt.Errorf("cloudsim: no zone holds %s", r.Hostname)
	}
	r.Hostname = plain(r.Hostname)
	same := func(other *Record) bool { return other.Hostname == r.Hostname && other.Kind == r.Kind }
	if s.Gone[r.ID] || slices.ContainsFunc(s.Zones[zone], same) {
		return nil
	}
	if r.ID == 0 {
		r.ID = s.take()
	}
	s.NextID = max(s.NextID, r.ID+1)
	s.Zones[zone] = append(s.Zones[zone], &r)
	return nil
}

// take returns the next number.
func (s *state) take() int64 {
	id := s.NextID
	s.NextID++
	return id
}

func (s *state) addZone(name string) {
	if name = plain(name); s.Zones[name] == nil {
		s.Zones[name] = []*Record{}
	}
}

func (s *state) zoneNames() []string { return slices.Sorted(maps.Keys(s.Zones)) }

// zoneOf is the longest zone that a host name lies in; "" if there is none.
func (s *state) zoneOf(hostname string) string {
	for name := plain(hostname); name != ""; _, name, _ = strings.Cut(name, ".") {
		if s.Zones[name] != nil {
			return name
		}
	}
	return ""
}

func plain(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// load reads the file, if there is to be one and it is there.
func (s *Simulator) load() error {
	s.state = state{NextID: firstID, Droplets: map[int64]*Droplet{}, Zones: map[string][]*Record{}, Gone: map[int64]bool{}}
	if s.options.StateFile == "" {
		return nil
	}
	text, err := os.ReadFile(s.options.StateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		s.state = state{} // so that what the file lacks is seen
		err = json.Unmarshal(text, &s.state)
	}
	if err == nil && (s.state.Droplets == nil || s.state.Zones == nil || s.state.Gone == nil || s.state.NextID < firstID) {
		err = errors.New("it is incomplete")
	}
	if err != nil {
		return fmt.Errorf("cloudsim: the state of the simulated cloud cannot be read; without the file it begins anew: %w", err)
	}
	return nil
}

// save writes the file beside its place and puts it there in one step, so that a process that is killed leaves a whole one.
func (s *Simulator) save() error {
	if s.options.StateFile == "" {
		return nil
	}
	text, err := json.Marshal(s.state)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(s.options.StateFile), filepath.Base(s.options.StateFile)+".*")
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), s.options.StateFile)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
