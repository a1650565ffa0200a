package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// GuardLines lists what keeps the proof tables of a database append-only.
var GuardLines = guardsOf

// EnqueueIn adds emails in a transaction.
func EnqueueIn(ctx context.Context, tx pgx.Tx, mails ...domain.QueuedMail) error {
	_, err := enqueue(ctx, sqlcgen.New(tx), mails...)
	return err
}

// Translate gives the domain's word for an error of the database.
var Translate = translate
