-- What the checks of the ledger found. The newest finished one is shown; a running one says how far it is.
CREATE TABLE ledger_checks (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    since       BIGINT      NOT NULL CHECK (since >= 0), -- the first entry checked
    size        BIGINT      NOT NULL CHECK (size >= 0),  -- of the ledger when it began
    checked     BIGINT      NOT NULL DEFAULT 0,
    erased      BIGINT      NOT NULL DEFAULT 0,
    state       TEXT        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'intact', 'disproven', 'failed')),
    code        TEXT        NOT NULL DEFAULT '',         -- of the first thing that is wrong
    seq         BIGINT,                                  -- where, when it is at an entry
    detail      TEXT        NOT NULL DEFAULT '',
    root        sha256_hash,                             -- of the tree at size, when intact
    started_at  TIMESTAMPTZ NOT NULL,
    seen_at     TIMESTAMPTZ NOT NULL,                    -- a running check that is not seen for a minute has died
    finished_at TIMESTAMPTZ
);

GRANT SELECT, INSERT, UPDATE, DELETE ON ledger_checks TO ackify_app;
GRANT SELECT ON ledger_checks TO ackify_readonly;
