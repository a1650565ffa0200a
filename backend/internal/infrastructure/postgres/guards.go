package postgres

import (
	"context"
	_ "embed"
	"slices"
	"strings"

	"github.com/ackify/ackify/backend/internal/application/audit"
)

// guardLines is what guardQuery answers on a freshly migrated database; a test keeps it so.
//
//go:embed guards.txt
var guardLines string

// guardQuery lists, a line each, what keeps the proof tables append-only: triggers with the hash of what they do, privileges beyond
// SELECT (of a table's owner they say nothing: triggers hold it), constraints, owners, the functions that erase, and what the two
// roles that only use the database are.
const guardQuery = `
WITH proof AS (
	SELECT oid, relname, relowner, relacl, relrowsecurity FROM pg_class
	WHERE relnamespace = 'public'::regnamespace AND relname IN ('signatures', 'ledger_origin', 'ledger_entries', 'ledger_nodes',
		'ledger_checkpoints', 'document_revisions', 'signing_keys')
), grants AS (
	SELECT p.relname::text AS what, a.grantee, a.privilege_type FROM proof p, aclexplode(p.relacl) a WHERE a.grantee <> p.relowner
	UNION ALL
	SELECT p.relname || '.' || t.attname, a.grantee, a.privilege_type
	FROM proof p JOIN pg_attribute t ON t.attrelid = p.oid, aclexplode(t.attacl) a WHERE a.grantee <> p.relowner
	UNION ALL
	SELECT f.proname || '()', a.grantee, a.privilege_type FROM pg_proc f, aclexplode(f.proacl) a
	WHERE f.pronamespace = 'public'::regnamespace AND f.proname IN ('erase_entries', 'erase_person') AND a.grantee <> f.proowner
)
SELECT 'trigger ' || p.relname || ' ' || t.tgname || ' ' || t.tgtype || ' ' || t.tgenabled::text || ' ' || f.proname || ' ' || md5(f.prosrc)
	|| CASE WHEN t.tgqual IS NULL THEN '' ELSE ' conditional' END AS line
FROM proof p JOIN pg_trigger t ON t.tgrelid = p.oid JOIN pg_proc f ON f.oid = t.tgfoid
WHERE NOT t.tgisinternal
UNION ALL
SELECT 'constraint ' || p.relname || ' a foreign key is switched off'
FROM proof p JOIN pg_trigger t ON t.tgrelid = p.oid WHERE t.tgisinternal AND t.tgenabled <> 'O'
UNION ALL
SELECT 'constraint ' || p.relname || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
FROM proof p JOIN pg_constraint k ON k.conrelid = p.oid WHERE k.contype <> 'n'
UNION ALL
SELECT 'constraint ' || p.relname || ' index ' || i.indexrelid::regclass || ' is not valid'
FROM proof p JOIN pg_index i ON i.indrelid = p.oid WHERE NOT (i.indisvalid AND i.indisready AND i.indislive)
UNION ALL
SELECT 'trigger ' || p.relname || ' rule ' || r.rulename FROM proof p JOIN pg_rewrite r ON r.ev_class = p.oid
UNION ALL
SELECT 'grant ' || what || ' ' || CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END || ' ' || privilege_type
FROM grants WHERE privilege_type <> 'SELECT' OR grantee = 0
UNION ALL
SELECT 'owner ' || relname || ' ' || relowner::regrole FROM proof
UNION ALL
SELECT 'function ' || f.proname || ' ' || f.proowner::regrole || ' ' || f.prosecdef || ' ' || md5(f.prosrc) FROM pg_proc f
WHERE f.pronamespace = 'public'::regnamespace AND f.proname IN ('erase_entries', 'erase_person', 'erasure_is_announced')
UNION ALL
SELECT 'role ' || r.rolname || ' is more than a user of the database' FROM pg_roles r
WHERE r.rolname IN ('ackify_app', 'ackify_readonly')
	AND (r.rolsuper OR r.rolcreaterole OR pg_has_role(r.oid, 'ackify_owner', 'MEMBER') OR pg_has_role(r.oid, 'ackify_migrate', 'MEMBER'))`

// Guards compares what keeps the proof tables append-only with what the migrations made.
func (l Ledger) Guards(ctx context.Context) (*audit.Finding, error) {
	found, err := guardsOf(ctx, l.DB)
	if err != nil {
		return nil, err
	}
	wanted := strings.Split(strings.TrimSpace(guardLines), "\n")
	for _, line := range found {
		if !slices.Contains(wanted, line) {
			return guardFinding("is not as it was made", line), nil
		}
	}
	for _, line := range wanted {
		if !slices.Contains(found, line) {
			return guardFinding("is gone", line), nil
		}
	}
	return nil, nil
}

func guardFinding(what, line string) *audit.Finding {
	kind, rest, _ := strings.Cut(line, " ")
	return audit.Found("guard."+kind, "%s %s: %s", kind, what, rest)
}

func guardsOf(ctx context.Context, db DB) (lines []string, err error) {
	rows, err := db.Pool.Query(ctx, guardQuery)
	if err != nil {
		return nil, translate(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines, translate(rows.Err())
}
