// Package migrations holds the database schema, embedded so that it works from any directory.
package migrations

import "embed"

// Files are the golang-migrate pairs NNNN_name.up.sql and NNNN_name.down.sql.
//
//go:embed *.sql
var Files embed.FS

// Roles is the SQL that makes the four roles and their rights on the database; it may be run again.
//
//go:embed roles.sql
var Roles string
