package postgres

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/ackify/ackify/backend/internal/domain"
)

func isNoRows(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

// sqlState returns the SQLSTATE of a server's answer, "" for any other error.
func sqlState(err error) string {
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		return answer.Code
	}
	return ""
}

// pgMessage returns the server's words, "" for any other error.
func pgMessage(err error) string {
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		return answer.Message
	}
	return ""
}

// constraint returns the name of the constraint that a row violated, "" for any other error.
func constraint(err error) string {
	var answer *pgconn.PgError
	if errors.As(err, &answer) && strings.HasPrefix(answer.Code, "23") {
		return answer.ConstraintName
	}
	return ""
}

// isUnavailable tells whether the database could not be reached, was shutting down, or has no room for us.
func isUnavailable(err error) bool {
	switch state := sqlState(err); {
	case state == "25006", // read_only_sql_transaction: a fail-over is under way
		state == "40P01",                                                       // deadlock_detected: the other went on, and trying again helps
		state == "25P03", state == "25P04", state == "57014", state == "55P03", // ended by a time-out of the database, or an operator
		strings.HasPrefix(state, "08"), strings.HasPrefix(state, "53"), strings.HasPrefix(state, "57P"):
		return true
	case state != "":
		return false
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, context.DeadlineExceeded) || pgconn.SafeToRetry(err) ||
		err != nil && strings.Contains(err.Error(), "conn closed")
}

// MayAnswerSoon tells whether waiting may help to connect: the database is starting, has not been started yet, or cannot be reached yet.
func MayAnswerSoon(err error) bool {
	var known *domain.Error
	if errors.As(err, &known) {
		err = known.Cause // what translate found
	}
	var unread *pgconn.ParseConfigError
	return isUnavailable(err) && !isAboutTLS(err) && !isRefusedParameter(err) && !errors.As(err, &unread)
}

// isRefusedParameter tells whether a pooler refused what a connection asks for.
func isRefusedParameter(err error) bool {
	return sqlState(err) == "08P01" && strings.Contains(pgMessage(err), "startup parameter")
}

// isAboutTLS tells whether a connection failed since one side does not trust the other, or will not speak TLS.
func isAboutTLS(err error) bool {
	var (
		untrusted *tls.CertificateVerificationError
		noTLS     tls.RecordHeaderError
		alert     tls.AlertError
	)
	return errors.As(err, &untrusted) || errors.As(err, &noTLS) || errors.As(err, &alert) || strings.Contains(err.Error(), "server refused TLS connection")
}

// Remedy says what to do about a connection that waiting does not mend, as the rest of a sentence; "" where nothing is known.
func Remedy(err error) string {
	switch state := sqlState(err); {
	case strings.HasPrefix(state, "28"): // invalid_password, invalid_authorization_specification
		return ": check the user and the password in ACKIFY_DB_DSN, and what pg_hba.conf allows"
	case state == "3D000":
		return ": check the name of the database in ACKIFY_DB_DSN, or make it and run `migrate up`"
	case isRefusedParameter(err):
		return ": this is PgBouncer; let it pass statement_timeout in track_extra_parameters (1.20 and newer) or ignore_startup_parameters, " +
			"or set ACKIFY_DB_STATEMENT_TIMEOUT=0"
	case err != nil && isAboutTLS(err):
		return ": check sslmode and sslrootcert in ACKIFY_DB_DSN"
	}
	return ""
}

// translate gives the domain's word for a database that is away and passes every other error on.
func translate(err error) error {
	if err == nil {
		return nil
	}
	var known *domain.Error
	if state := sqlState(err); state == "22021" || state == "22P05" {
		return domain.E(domain.KindMalformed, "request.malformed", "The request holds a character that no text has.").Because(err)
	}
	if !errors.As(err, &known) && isUnavailable(err) {
		return domain.ErrDatabase.Because(err)
	}
	return err
}

// found turns "no rows" into the domain's error for a missing thing.
func found(err error, missing *domain.Error) error {
	if isNoRows(err) {
		return missing
	}
	return translate(err)
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// pattern makes an ILIKE pattern that finds the words anywhere; "" for no words.
func pattern(words string) string {
	words = strings.TrimSpace(words)
	if words == "" {
		return ""
	}
	return "%" + likeEscaper.Replace(words) + "%"
}
