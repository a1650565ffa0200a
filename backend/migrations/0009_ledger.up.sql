-- The ledger: an append-only hash chain and Merkle tree over everything that matters as proof.
-- The schema itself refuses a gap, a fork or a wrong link, whoever writes.

CREATE TABLE ledger_origin (
    singleton  BOOLEAN PRIMARY KEY DEFAULT true CHECK (singleton),
    origin     TEXT        NOT NULL CHECK (origin <> ''),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Public halves only. A window is inclusive; a key without not_after is the current one of its purpose.
CREATE TABLE signing_keys (
    key_id     BYTEA PRIMARY KEY CHECK (key_id = sha256(public_key)),
    purpose    TEXT        NOT NULL CHECK (purpose IN ('statement', 'ledger')),
    public_key BYTEA       NOT NULL UNIQUE CHECK (octet_length(public_key) = 32),
    not_before TIMESTAMPTZ NOT NULL,
    not_after  TIMESTAMPTZ CHECK (not_after >= not_before)
);

CREATE UNIQUE INDEX signing_keys_current ON signing_keys (purpose) WHERE not_after IS NULL;

CREATE TABLE ledger_entries (
    seq          BIGINT PRIMARY KEY CHECK (seq >= 0),
    prev_seq     BIGINT GENERATED ALWAYS AS (nullif(seq, 0) - 1) STORED,
    type         TEXT        NOT NULL CHECK (type <> ''),
    payload      BYTEA,
    payload_hash BYTEA       NOT NULL CHECK (octet_length(payload_hash) = 32),
    nonce        BYTEA       UNIQUE CHECK (octet_length(nonce) = 16),
    key_id       BYTEA       NOT NULL REFERENCES signing_keys (key_id),
    signature    BYTEA       NOT NULL CHECK (octet_length(signature) = 64),
    prev_hash    BYTEA       NOT NULL CHECK (octet_length(prev_hash) = 32),
    entry_hash   BYTEA       NOT NULL CHECK (octet_length(entry_hash) = 32),
    created_at   TIMESTAMPTZ NOT NULL,
    UNIQUE (seq, entry_hash),
    FOREIGN KEY (prev_seq, prev_hash) REFERENCES ledger_entries (seq, entry_hash),
    CONSTRAINT ledger_entries_first_link CHECK ((seq = 0) = (prev_hash = '\x0000000000000000000000000000000000000000000000000000000000000000'))
);

-- Stored hashes of the Merkle tree (RFC 6962), numbered as golang.org/x/mod/sumdb/tlog numbers them.
CREATE TABLE ledger_nodes (
    id   BIGINT PRIMARY KEY CHECK (id >= 0),
    hash BYTEA NOT NULL CHECK (octet_length(hash) = 32)
);

-- One signed note (C2SP tlog-checkpoint) a batch.
CREATE TABLE ledger_checkpoints (
    size       BIGINT PRIMARY KEY CHECK (size > 0),
    last_seq   BIGINT GENERATED ALWAYS AS (size - 1) STORED REFERENCES ledger_entries (seq),
    root       BYTEA       NOT NULL CHECK (octet_length(root) = 32),
    note       TEXT        NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
