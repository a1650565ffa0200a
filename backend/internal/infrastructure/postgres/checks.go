package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/application/audit"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// Checks keeps what checks of the ledger found.
type Checks struct{ DB }

// Begin fails with audit.ErrCheckRunning.
func (c Checks) Begin(ctx context.Context, since, size int64, now time.Time) (begun audit.Check, err error) {
	err = c.inTx(ctx, func(q *sqlcgen.Queries) error {
		if err := q.LockChecks(ctx); err != nil {
			return err
		}
		row, err := q.BeginCheck(ctx, sqlcgen.BeginCheckParams{Since: since, Size: size, Now: now})
		if isNoRows(err) {
			return audit.ErrCheckRunning
		}
		begun = ledgerCheck(row)
		return err
	})
	return begun, err
}

// Advance records how far a check is.
func (c Checks) Advance(ctx context.Context, id, checked int64, now time.Time) error {
	return translate(c.queries().AdvanceCheck(ctx, sqlcgen.AdvanceCheckParams{ID: id, Checked: checked, Now: now}))
}

// End records what a check found.
func (c Checks) End(ctx context.Context, check audit.Check) error {
	end := sqlcgen.EndCheckParams{
		ID: check.ID, Checked: check.Checked, Erased: check.Erased, State: string(check.State), Size: check.Size, Now: check.FinishedAt,
	}
	if check.State == audit.Intact {
		end.Root = check.Root[:]
	}
	if f := check.Finding; f != nil {
		end.Code, end.Detail = f.Code, f.Detail
		if f.Seq >= 0 {
			end.Seq = &f.Seq
		}
	}
	return translate(c.queries().EndCheck(ctx, end))
}

// Running is the check under way, nil when there is none.
func (c Checks) Running(ctx context.Context, now time.Time) (*audit.Check, error) {
	return oneCheck(c.queries().RunningCheck(ctx, now))
}

// Last is the newest check that ended in one of the states and began not after an entry.
func (c Checks) Last(ctx context.Context, since int64, states ...audit.CheckState) (*audit.Check, error) {
	names := mapAll(states, func(s audit.CheckState) string { return string(s) })
	return oneCheck(c.queries().LastCheck(ctx, sqlcgen.LastCheckParams{Since: since, States: names}))
}

// DropBefore forgets old checks, but for those that found something.
func (c Checks) DropBefore(ctx context.Context, before time.Time) error {
	return translate(c.queries().DropOldChecks(ctx, before))
}

func oneCheck(row sqlcgen.LedgerCheck, err error) (*audit.Check, error) {
	if isNoRows(err) {
		return nil, nil
	}
	check := ledgerCheck(row)
	return &check, translate(err)
}

func ledgerCheck(row sqlcgen.LedgerCheck) audit.Check {
	check := audit.Check{
		ID: row.ID, State: audit.CheckState(row.State), Since: row.Since, Size: row.Size, Checked: row.Checked, Erased: row.Erased,
		StartedAt: row.StartedAt.UTC(), SeenAt: row.SeenAt.UTC(), FinishedAt: timeOrZero(row.FinishedAt),
	}
	if len(row.Root) == len(proof.Hash{}) {
		check.Root = proof.Hash(row.Root)
	}
	if row.Code != "" {
		check.Finding = &audit.Finding{Code: row.Code, Seq: -1, Detail: row.Detail}
		if row.Seq != nil {
			check.Finding.Seq = *row.Seq
		}
	}
	return check
}

// withoutTimeout runs fn in a read-only transaction that may take its time.
func (d DB) withoutTimeout(ctx context.Context, fn func(*sqlcgen.Queries) error) error {
	err := pgx.BeginTxFunc(ctx, d.Pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		q := sqlcgen.New(tx)
		if err := q.NoTimeout(ctx); err != nil {
			return err
		}
		return fn(q)
	})
	return translate(err)
}

var (
	_ audit.Checks = Checks{}
	_ audit.Store  = Ledger{}
)
