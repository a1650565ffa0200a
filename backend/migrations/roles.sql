-- Roles of one cluster and what they may do with this database; run before the first migration by whoever may.
-- ackify_owner owns everything and never logs in; ackify_migrate becomes it; ackify_app is the server;
-- ackify_readonly is for auditors. Logins and passwords are given by the operator.
DO $$
DECLARE
    wanted TEXT;
    me     TEXT := current_user;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['ackify_owner', 'ackify_migrate', 'ackify_app', 'ackify_readonly']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
    END LOOP;
    IF NOT pg_has_role('ackify_migrate', 'ackify_owner', 'SET') THEN
        GRANT ackify_owner TO ackify_migrate;
    END IF;
    IF NOT pg_has_role(me, 'ackify_owner', 'SET') THEN
        EXECUTE format('GRANT ackify_owner TO %I', me);
    END IF;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO ackify_owner, ackify_migrate, ackify_app, ackify_readonly', current_database());
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO ackify_owner', current_database()); -- for extensions that are trusted
    GRANT USAGE, CREATE ON SCHEMA public TO ackify_owner;
    GRANT USAGE ON SCHEMA public TO ackify_migrate, ackify_app, ackify_readonly;
END;
$$;
