package store

import (
	"fmt"

	"github.com/lib/pq"
)

// schemaPart is an index or a constraint that is dropped for a bulk load and made again after it, in the words of the
// database itself.
type schemaPart struct {
	Kind  string `db:"kind"` // f: foreign key, p and u: keys, i: another index
	Table string `db:"tbl"`  // that it belongs to
	Name  string `db:"name"`
	Def   string `db:"definition"`
}

// Foreign keys come first, since they lean on the keys.
const schemaPartsQuery = `
SELECT c.contype::text AS kind, c.conrelid::regclass::text AS tbl, c.conname AS name, pg_get_constraintdef(c.oid) AS definition,
       CASE c.contype WHEN 'f' THEN 1 ELSE 2 END AS turn
  FROM pg_constraint c
 WHERE c.contype = 'f' AND (c.conrelid::regclass::text IN (` + bulkTables + `) OR c.confrelid::regclass::text IN (` + bulkTables + `))
    OR c.contype IN ('p', 'u') AND c.conrelid::regclass::text IN (` + bulkTables + `)
UNION ALL
SELECT 'i', i.indrelid::regclass::text, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), 3
  FROM pg_index i
 WHERE i.indrelid::regclass::text IN (` + bulkTables + `)
   AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
ORDER BY turn, tbl, name`

func (p schemaPart) drop() string {
	if p.Kind == "i" {
		return `DROP INDEX ` + p.Name
	}
	return `ALTER TABLE ` + p.Table + ` DROP CONSTRAINT ` + pq.QuoteIdentifier(p.Name)
}

func (p schemaPart) create() string {
	if p.Kind == "i" {
		return p.Def
	}
	return `ALTER TABLE ` + p.Table + ` ADD CONSTRAINT ` + pq.QuoteIdentifier(p.Name) + ` ` + p.Def
}

// strip drops what slows down a load, and lets the triggers rest.
func (l *bulkLoad) strip() error {
	var rows []struct {
		schemaPart
		Turn int `db:"turn"`
	}
	if err := l.tx.SelectContext(l.ctx, &rows, schemaPartsQuery); err != nil {
		return err
	}
	for _, row := range rows {
		l.parts = append(l.parts, row.schemaPart)
		if _, err := l.tx.ExecContext(l.ctx, row.drop()); err != nil {
			return fmt.Errorf("drop %s: %w", row.Name, err)
		}
	}
	return l.triggers("DISABLE")
}

// restore makes again what strip dropped: the keys, the other indexes, and then the foreign keys, which need both.
func (l *bulkLoad) restore() error {
	for _, foreign := range []bool{false, true} {
		for _, part := range l.parts {
			if (part.Kind == "f") != foreign {
				continue
			}
			if _, err := l.tx.ExecContext(l.ctx, part.create()); err != nil {
				return fmt.Errorf("make %s again: %w", part.Name, err)
			}
			l.report(part.Name)
		}
	}
	return l.triggers("ENABLE")
}

func (l *bulkLoad) triggers(what string) error {
	var tables []string
	if err := l.tx.SelectContext(l.ctx, &tables, `SELECT oid::regclass::text FROM pg_class WHERE oid::regclass::text IN (`+bulkTables+`)`); err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := l.tx.ExecContext(l.ctx, `ALTER TABLE `+table+` `+what+` TRIGGER USER`); err != nil {
			return err
		}
	}
	return nil
}
