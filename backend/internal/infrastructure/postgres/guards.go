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

// guardQuery lists, a line each, what keeps the proof tables append-only and the roles in their place: triggers and functions with
// the hash of what they do, privileges beyond SELECT (of a table's owner they say nothing: triggers hold it), columns, constraints,
// indexes, domains, owners, and whatever could stand in for or go around them.
const guardQuery = `
WITH users AS (
	SELECT oid FROM pg_roles WHERE rolname IN ('ackify_app', 'ackify_readonly') UNION SELECT 0
), proof AS (
	SELECT oid, relname, relowner, relacl, relrowsecurity FROM pg_class
	WHERE relnamespace = 'public'::regnamespace AND relname IN ('signatures', 'ledger_origin', 'ledger_entries', 'ledger_nodes',
		'ledger_checkpoints', 'document_revisions', 'signing_keys', 'audit_log')
), grants AS (
	SELECT p.relname::text AS what, a.grantee, a.privilege_type FROM proof p, aclexplode(p.relacl) a WHERE a.grantee <> p.relowner
	UNION ALL
	SELECT p.relname || '.' || t.attname, a.grantee, a.privilege_type
	FROM proof p JOIN pg_attribute t ON t.attrelid = p.oid, aclexplode(t.attacl) a WHERE a.grantee <> p.relowner
	UNION ALL
	SELECT f.proname || '()', a.grantee, a.privilege_type
	FROM pg_proc f, aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a
	WHERE f.pronamespace = 'public'::regnamespace AND a.grantee <> f.proowner
		AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.objid = f.oid AND x.deptype = 'e')
	UNION ALL
	SELECT 'schema public', a.grantee, a.privilege_type FROM pg_namespace n, aclexplode(n.nspacl) a
	WHERE n.nspname = 'public' AND a.privilege_type = 'CREATE' AND a.grantee IN (SELECT oid FROM users)
	UNION ALL
	SELECT 'database', a.grantee, a.privilege_type FROM pg_database d, aclexplode(d.datacl) a
	WHERE d.datname = current_database() AND a.privilege_type <> 'CONNECT' AND a.grantee IN (SELECT oid FROM users)
	UNION ALL
	SELECT 'parameter ' || p.parname, a.grantee, a.privilege_type FROM pg_parameter_acl p, aclexplode(p.paracl) a
	WHERE p.parname = 'session_replication_role' AND a.grantee <> 10
)
SELECT 'trigger ' || c.relname || ' ' || t.tgname || ' ' || t.tgtype || ' ' || t.tgenabled::text || ' ' || f.proname
	|| CASE WHEN t.tgqual IS NULL THEN '' ELSE ' conditional' END AS line
FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid JOIN pg_proc f ON f.oid = t.tgfoid
WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
UNION ALL
SELECT 'trigger ' || p.relname || ' rule ' || r.rulename FROM proof p JOIN pg_rewrite r ON r.ev_class = p.oid
UNION ALL
SELECT 'trigger of events ' || evtname FROM pg_event_trigger
UNION ALL
SELECT 'constraint ' || p.relname || ' a foreign key is switched off'
FROM proof p JOIN pg_trigger t ON t.tgrelid = p.oid WHERE t.tgisinternal AND t.tgenabled <> 'O'
UNION ALL
SELECT 'constraint ' || p.relname || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
FROM proof p JOIN pg_constraint k ON k.conrelid = p.oid WHERE k.contype <> 'n'
UNION ALL
SELECT 'constraint domain ' || d.typname || ' ' || pg_get_constraintdef(k.oid)
FROM pg_type d JOIN pg_constraint k ON k.contypid = d.oid WHERE d.typnamespace = 'public'::regnamespace AND k.contype <> 'n'
UNION ALL
SELECT 'constraint ' || p.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
	|| CASE WHEN a.attnotnull THEN ' not null' ELSE '' END || coalesce(' default ' || pg_get_expr(e.adbin, e.adrelid), '')
FROM proof p JOIN pg_attribute a ON a.attrelid = p.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef e ON e.adrelid = p.oid AND e.adnum = a.attnum
UNION ALL
SELECT 'constraint ' || pg_get_indexdef(i.indexrelid)
	|| CASE WHEN i.indisvalid AND i.indisready AND i.indislive THEN '' ELSE ' is not valid' END
FROM proof p JOIN pg_index i ON i.indrelid = p.oid
UNION ALL
SELECT 'constraint ' || p.relname || ' is inherited' FROM proof p JOIN pg_inherits h ON h.inhparent = p.oid
UNION ALL
SELECT 'constraint ' || relname || ' shows rows by policy' FROM proof WHERE relrowsecurity
UNION ALL
SELECT 'grant ' || what || ' ' || CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END || ' ' || privilege_type
FROM grants WHERE privilege_type <> 'SELECT' OR grantee = 0
UNION ALL
SELECT 'owner ' || relname || ' ' || relowner::regrole FROM proof
UNION ALL
SELECT 'owner schema public ' || nspowner::regrole FROM pg_namespace
WHERE nspname = 'public' AND nspowner IN (SELECT oid FROM users)
UNION ALL
SELECT 'owner database ' || datdba::regrole FROM pg_database
WHERE datname = current_database() AND datdba IN (SELECT oid FROM users)
UNION ALL
SELECT 'function ' || f.proname || '(' || pg_get_function_identity_arguments(f.oid) || ') ' || f.proowner::regrole
	|| CASE WHEN f.prosecdef THEN ' as its owner ' ELSE ' ' END || md5(f.prosrc) || coalesce(' ' || array_to_string(f.proconfig, ' '), '')
FROM pg_proc f
WHERE f.pronamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.objid = f.oid AND x.deptype = 'e')
UNION ALL
SELECT 'role ' || r.rolname || ' is more than a user of the database' FROM pg_roles r
WHERE r.rolname IN ('ackify_app', 'ackify_readonly')
	AND (r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolbypassrls OR r.rolreplication)
UNION ALL
SELECT 'role ' || m.member::regrole || ' is a member of ' || m.roleid::regrole FROM pg_auth_members m
WHERE m.member IN (SELECT oid FROM users) AND m.roleid::regrole::text NOT IN ('pg_monitor', 'pg_read_all_stats', 'pg_read_all_settings',
	'pg_stat_scan_tables', 'pg_read_all_data')
UNION ALL
SELECT 'role setting ' || setting FROM pg_db_role_setting s, unnest(s.setconfig) setting
WHERE (s.setdatabase = 0 OR s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()))
	AND (setting LIKE 'session_replication_role=%' OR setting LIKE 'search_path=%')`

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
