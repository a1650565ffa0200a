DO $$
BEGIN
    IF EXISTS (SELECT FROM ledger_entries) THEN
        RAISE EXCEPTION 'the ledger has entries: going below version 9 would destroy proofs'
            USING HINT = 'Restore a backup taken before the upgrade instead.';
    END IF;
END;
$$;

DROP TABLE ledger_checkpoints;
DROP TABLE ledger_nodes;
DROP TABLE ledger_entries;
DROP TABLE signing_keys;
DROP TABLE ledger_origin;
DROP DOMAIN entry_nonce;
DROP DOMAIN ed25519_signature;
DROP DOMAIN sha256_hash;
DROP DOMAIN ledger_position;
