// Package postgres runs the console's own PostgreSQL: the machine's PostgreSQL
// binaries, a data folder of the console's, a child process that lives exactly
// as long as the process that started it.
//
// # The folder
//
// Everything stands in the folder given to Start (".arcadia" for the product):
//
//	lock         flock: who holds it owns the server
//	server.json  where the running server listens, for those who join
//	location     only if the data had to go elsewhere (see "Users")
//	data/        PostgreSQL's data folder, with server.log in it
//	run/         the folder of the unix socket, mode 0700
//
// # Who may connect
//
// The server listens on no network address, only on a unix socket in a folder
// of mode 0700. Within it, authentication is "peer" with a map: the kernel
// tells the server which user of the machine is at the other end, and only the
// user who started the server, and root, may take one of the three roles
// (postgres, arcadia_owner, arcadia_app). "trust" would have been enough where
// the server runs as the same user. As root it does not, and there the owner of
// the socket folder is "postgres" or "nobody", an account that other programs
// may share: with "peer" none of them gets in. Root passes any folder, so the
// mode does not keep the console out.
//
// # Users
//
// PostgreSQL refuses to run as root. Started as root, the server runs as the
// owner of the existing data folder, else as postgres, else as nobody. When
// that user cannot enter the folder (a checkout below a home of mode 0700), the
// data goes to a new folder below /var/lib/arcadia; the log says which, and the
// file "location" remembers it.
//
// # Ends and crashes
//
// The child has a session of its own, so that Ctrl-C in a terminal reaches the
// console alone, which stops the server after its last query. If the console is
// killed, the kernel sends the child a signal for a fast shutdown. What is left
// behind all the same (an orphaned server, a stale postmaster.pid or socket
// lock, a half-made data folder) is cleared by the next start, which may do so
// because it holds the lock.
package postgres
