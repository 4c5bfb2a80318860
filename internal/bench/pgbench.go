package main

import (
	"bufio"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"arcadia.example/console/internal/postgres"
)

// pgbench is the path of the program of that name, which comes with PostgreSQL.
type pgbench string

func findPgbench(ctx context.Context) (pgbench, error) {
	if in, err := postgres.Find(ctx); err == nil {
		beside := filepath.Join(in.Bin, "pgbench")
		if _, err := os.Stat(beside); err == nil {
			return pgbench(beside), nil
		}
	}
	found, err := exec.LookPath("pgbench")
	if err != nil {
		return "", errors.New("pgbench is missing; it comes with PostgreSQL (on Debian in the package postgresql-contrib or postgresql)")
	}
	return pgbench(found), nil
}

// script is a file for pgbench, with the values of its variables.
type script struct {
	text      strings.Builder
	variables map[string]string
	prepared  bool // every statement is prepared by the console too
}

func (s *script) add(line string) { s.text.WriteString(line + "\n") }

var parameter = regexp.MustCompile(`\$[0-9]+`)

// filled puts values, or the names of variables, in the place of parameters.
func filled(query string, values ...string) string {
	return parameter.ReplaceAllStringFunc(query, func(p string) string {
		n, _ := strconv.Atoi(p[1:]) // the pattern has digits alone
		return values[n-1]
	})
}

// pageScript has the statements of one page. The number tells its variables from those of the other scripts of a work.
func pageScript(number int, p page) (*script, error) {
	s := &script{variables: map[string]string{}, prepared: true}
	for i, q := range p.queries {
		values := make([]string, len(q.Args))
		for j, arg := range q.Args {
			text, err := argument(arg)
			if err != nil {
				return nil, err
			}
			switch name := fmt.Sprintf("p%d_%d_%d", number, i, j); {
			case text == nil:
				values[j] = "NULL"
			case *text == "":
				values[j] = "''" // a variable of pgbench is never empty
			default:
				s.variables[name], values[j] = *text, ":"+name
			}
		}
		s.add(filled(q.SQL, values...) + ";")
		// Counts are prepared by every page; what is not prepared decides.
		s.prepared = s.prepared && q.Prepared
	}
	return s, nil
}

// argument is a value as a text of SQL; nil for NULL.
func argument(value any) (*string, error) {
	if v, ok := value.(driver.Valuer); ok {
		var err error
		if value, err = v.Value(); err != nil {
			return nil, err
		}
	}
	var text string
	switch v := value.(type) {
	case nil:
		return nil, nil
	case time.Time:
		text = v.Format("2006-01-02 15:04:05.000000Z07:00")
	default:
		text = fmt.Sprint(v)
	}
	return &text, nil
}

// scripts are what pgbench runs for a work.
func (s *set) scripts(w work, clients int) ([]*script, error) {
	if w.moves {
		sc, err := s.moveScript(clients)
		return []*script{sc}, err
	}
	var all []*script
	for i, p := range w.pages {
		sc, err := pageScript(i, p)
		if err != nil {
			return nil, err
		}
		all = append(all, sc)
	}
	return all, nil
}

// run lets pgbench work for some seconds and reads its log of each transaction.
func (tool pgbench) run(ctx context.Context, dsn string, scripts []*script, clients, length int) (f figures, err error) {
	dir, err := os.MkdirTemp("", "arcadia-bench-")
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	mode := "prepared"
	variables := map[string]string{}
	args := []string{"-n", "-c", strconv.Itoa(clients), "-j", "2", "-T", strconv.Itoa(length), "-l", "--log-prefix=" + dir + "/log"}
	for i, s := range scripts {
		file := fmt.Sprintf("%s/%d.sql", dir, i)
		if err := os.WriteFile(file, []byte(s.text.String()), 0o600); err != nil {
			return f, err
		}
		args = append(args, "-f", file)
		for name, value := range s.variables {
			variables[name] = value
		}
		if !s.prepared {
			mode = "extended" // planned for the arguments each time, as the console has it
		}
	}
	for name, value := range variables {
		args = append(args, "-D", name+"="+value)
	}
	cmd := exec.CommandContext(ctx, string(tool), append(args, "-M", mode, dsn)...)
	cmd.Env = append(os.Environ(), "PGOPTIONS=-c timezone=UTC -c statement_timeout=5000")
	if out, err := cmd.CombinedOutput(); err != nil {
		return f, fmt.Errorf("pgbench: %w: %s", err, out)
	}
	took, err := readLog(dir)
	if err != nil {
		return f, err
	}
	return figuresOf(took, seconds(length)), nil
}

// readLog returns how long each transaction took: the third field of each line, in microseconds.
func readLog(dir string) ([]time.Duration, error) {
	files, err := filepath.Glob(dir + "/log.*")
	if err != nil {
		return nil, err
	}
	var took []time.Duration
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			fields := strings.Fields(lines.Text())
			if len(fields) < 3 {
				continue
			}
			n, err := strconv.ParseInt(fields[2], 10, 64)
			if err != nil {
				return nil, errors.Join(fmt.Errorf("pgbench logged %q", lines.Text()), file.Close())
			}
			took = append(took, time.Duration(n)*time.Microsecond)
		}
		if err := errors.Join(lines.Err(), file.Close()); err != nil {
			return nil, err
		}
	}
	if len(took) == 0 {
		return nil, errors.New("pgbench logged no transaction")
	}
	return took, nil
}
