-- The ledger: an append-only hash chain and Merkle tree over everything that matters as proof.
-- The schema itself refuses a gap, a fork or a wrong link, whoever writes.

-- Lengths are domains: PostgreSQL reads a table's checks anew for every insert statement, a domain's once a session.
CREATE DOMAIN ledger_position AS BIGINT CHECK (VALUE >= 0);
CREATE DOMAIN sha256_hash AS BYTEA CHECK (octet_length(VALUE) = 32);
CREATE DOMAIN ed25519_signature AS BYTEA CHECK (octet_length(VALUE) = 64);
CREATE DOMAIN entry_nonce AS BYTEA CHECK (octet_length(VALUE) = 16);

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
    seq          ledger_position PRIMARY KEY,
    prev_seq     BIGINT GENERATED ALWAYS AS (nullif(seq, 0) - 1) STORED,
    type         TEXT              NOT NULL,
    payload      BYTEA,
    payload_hash sha256_hash       NOT NULL,
    nonce        entry_nonce       UNIQUE,
    key_id       sha256_hash       NOT NULL,
    signature    ed25519_signature NOT NULL,
    prev_hash    sha256_hash       NOT NULL,
    entry_hash   sha256_hash       NOT NULL,
    created_at   TIMESTAMPTZ       NOT NULL,
    UNIQUE (seq, entry_hash),
    FOREIGN KEY (prev_seq, prev_hash) REFERENCES ledger_entries (seq, entry_hash),
    -- Of 32 bytes only the zero ones have no bit set.
    CONSTRAINT ledger_entries_first_link CHECK ((seq = 0) = (bit_count(prev_hash) = 0))
);

-- Stored hashes of the Merkle tree (RFC 6962), numbered as golang.org/x/mod/sumdb/tlog numbers them.
CREATE TABLE ledger_nodes (
    id   ledger_position PRIMARY KEY,
    hash sha256_hash NOT NULL
);

-- One signed note (C2SP tlog-checkpoint) a batch.
CREATE TABLE ledger_checkpoints (
    size       ledger_position PRIMARY KEY,
    root       sha256_hash NOT NULL,
    note       TEXT        NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
