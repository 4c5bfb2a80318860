package postgres

// Setting is one PostgreSQL setting, as in postgresql.conf.
type Setting struct{ Name, Value string }

// productSettings suit a machine that the server shares with the console. They
// are given on the command line at each start, so that they always belong to
// the running version of the console.
var productSettings = []Setting{
	{"listen_addresses", ""},
	{"port", "5432"},
	{"unix_socket_permissions", "0700"},
	{"max_connections", "100"},
	{"shared_buffers", "256MB"},
	{"work_mem", "16MB"},
	{"maintenance_work_mem", "512MB"},
	{"random_page_cost", "1.1"},
	{"jit", "off"}, // compiling costs more than these short queries gain
	{"fsync", "on"},
	{"wal_compression", "on"},
	{"max_wal_size", "4GB"},
	{"checkpoint_timeout", "15min"},
	{"checkpoint_completion_target", "0.9"},
	{"timezone", "UTC"},
	{"log_timezone", "UTC"},
	{"lc_messages", "C"},
	{"log_destination", "stderr"},
	{"logging_collector", "off"}, // the owner redirects it to server.log
	{"log_min_messages", "warning"},
	{"log_line_prefix", "%m [%p] %u@%d "},
}

// arguments turns settings into the command line of postgres; later ones win.
func arguments(settings []Setting) []string {
	args := make([]string, 0, 2*len(settings))
	for _, s := range settings {
		args = append(args, "-c", s.Name+"="+s.Value)
	}
	return args
}
