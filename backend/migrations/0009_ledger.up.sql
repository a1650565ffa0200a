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
    seq          BIGINT PRIMARY KEY,
    prev_seq     BIGINT GENERATED ALWAYS AS (nullif(seq, 0) - 1) STORED,
    type         TEXT        NOT NULL,
    payload      BYTEA,
    payload_hash BYTEA       NOT NULL,
    nonce        BYTEA       UNIQUE,
    key_id       BYTEA       NOT NULL,
    signature    BYTEA       NOT NULL,
    prev_hash    BYTEA       NOT NULL,
    entry_hash   BYTEA       NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    UNIQUE (seq, entry_hash),
    FOREIGN KEY (prev_seq, prev_hash) REFERENCES ledger_entries (seq, entry_hash),
    -- One expression rather than ten: every insert statement reads them anew. bit_count is 0 for the 32 zero bytes only.
    CONSTRAINT ledger_entries_form CHECK (seq >= 0 AND type <> '' AND octet_length(payload_hash) = 32 AND octet_length(nonce) = 16
        AND octet_length(key_id) = 32 AND octet_length(signature) = 64 AND octet_length(prev_hash) = 32 AND octet_length(entry_hash) = 32
        AND (seq = 0) = (bit_count(prev_hash) = 0))
);

-- Stored hashes of the Merkle tree (RFC 6962), numbered as golang.org/x/mod/sumdb/tlog numbers them.
CREATE TABLE ledger_nodes (
    id   BIGINT PRIMARY KEY,
    hash BYTEA NOT NULL CHECK (octet_length(hash) = 32 AND id >= 0)
);

-- One signed note (C2SP tlog-checkpoint) a batch.
CREATE TABLE ledger_checkpoints (
    size       BIGINT PRIMARY KEY,
    root       BYTEA       NOT NULL CHECK (octet_length(root) = 32 AND size > 0),
    note       TEXT        NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
