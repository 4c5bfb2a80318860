package handlers

// Ways lists every way into the console as "GET /path", for the tests that walk them all.
func (s *Server) Ways() [][2]string {
	var ways [][2]string
	for _, r := range s.routes() {
		ways = append(ways, [2]string{r.method, r.path})
	}
	return ways
}

// LocalPath is what decides where a form may lead.
func LocalPath(next string) string { return localPath(next) }

// DeviceWords is what is kept of a user agent.
func DeviceWords(userAgent string) string { return deviceWords(userAgent) }
