CREATE TABLE accounts (
  id            TEXT PRIMARY KEY,
  username      TEXT NOT NULL UNIQUE CHECK (username = lower(username)),
  role          TEXT NOT NULL CHECK (role IN ('admin', 'receptionist', 'doctor')),
  doctor_id     TEXT REFERENCES doctors (id),
  password_hash TEXT NOT NULL,
  version       INTEGER NOT NULL CHECK (version >= 1),
  created_at    TEXT NOT NULL,
  CONSTRAINT doctor_has_role CHECK (doctor_id IS NULL OR role = 'doctor')
) STRICT;

-- Where there is no Redis. A token itself is nowhere: who reads this table can sign in as nobody.
CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  expires_at TEXT NOT NULL,
  idle_until TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- No foreign keys: what was seen stays seen, also when the patient and the account are gone.
CREATE TABLE audit (
  id          TEXT PRIMARY KEY,
  recorded_at TEXT NOT NULL,
  username    TEXT,
  request_id  TEXT NOT NULL,
  action      TEXT NOT NULL CHECK (action IN ('create', 'read', 'update', 'delete')),
  resource    TEXT NOT NULL,
  patient_id  TEXT,
  outcome     TEXT NOT NULL CHECK (outcome IN ('success', 'not_found', 'denied', 'refused'))
) STRICT;
CREATE INDEX audit_by_patient ON audit (patient_id, id);
CREATE INDEX audit_by_username ON audit (username, id);

CREATE TRIGGER audit_is_not_updated BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit is only ever added to');
END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit is only ever added to');
END;
