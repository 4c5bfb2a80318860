package demo

import (
	"math/rand/v2"
	"time"
)

// scripts writes what happened to all customers up to a day. The same day gives the same scripts.
func scripts(today time.Time) []*script {
	rng := rand.New(rand.NewPCG(20260301, 1<<32))
	var deck []story
	for _, s := range stories {
		for range s.count {
			deck = append(deck, s)
		}
	}
	rng.Shuffle(len(deck), func(i, j int) { deck[i], deck[j] = deck[j], deck[i] })
	all := make([]*script, 0, len(companies)+len(accounts))
	for i, c := range companies {
		all = append(all, newScript(i, c, today))
	}
	for i, s := range deck {
		to := all[i%len(companies)] // each company has one to begin with
		if i >= len(companies) {
			to = all[furtherCard(rng)]
		}
		for len(to.unused) == 0 {
			to = all[rng.IntN(len(companies))]
		}
		to.deal(s)
	}
	for i, a := range accounts {
		s := newScript(len(companies)+i, a.company, today)
		a.story(s)
		all = append(all, s)
	}
	return all
}

// furtherCard chooses who has one more: half of the time one of the ten large customers.
func furtherCard(rng *rand.Rand) int {
	if rng.IntN(2) == 0 {
		return rng.IntN(10)
	}
	return rng.IntN(len(companies))
}

// deal adds a deployment with its story.
func (s *script) deal(card story) {
	age := card.age[0] + s.rng.IntN(card.age[1]-card.age[0]+1)
	pen := s.life(age, card.start)
	card.tell(pen)
}
