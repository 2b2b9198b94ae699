CREATE TABLE accounts (
  id            uuid PRIMARY KEY,
  username      text NOT NULL UNIQUE CHECK (username = lower(username)),
  role          text NOT NULL CHECK (role IN ('admin', 'receptionist', 'doctor')),
  doctor_id     uuid REFERENCES doctors,
  password_hash text NOT NULL,
  version       integer NOT NULL CHECK (version >= 1),
  created_at    timestamptz(3) NOT NULL,
  CONSTRAINT doctor_has_role CHECK (doctor_id IS NULL OR role = 'doctor')
);

-- Where there is no Redis. A token itself is nowhere: who reads this table can sign in as nobody.
CREATE TABLE sessions (
  token_hash text PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  expires_at timestamptz(3) NOT NULL,
  idle_until timestamptz(3) NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- No foreign keys: what was seen stays seen, also when the patient and the account are gone.
CREATE TABLE audit (
  id          uuid PRIMARY KEY,
  recorded_at timestamptz(3) NOT NULL,
  username    text,
  request_id  text NOT NULL,
  action      text NOT NULL CHECK (action IN ('create', 'read', 'update', 'delete')),
  resource    text NOT NULL,
  patient_id  uuid,
  outcome     text NOT NULL CHECK (outcome IN ('success', 'not_found', 'denied', 'refused'))
);
CREATE INDEX audit_by_patient ON audit (patient_id, id);
CREATE INDEX audit_by_username ON audit (username, id);

CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit is only ever added to';
END $$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit();
