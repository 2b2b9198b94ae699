-- The same tables as in PostgreSQL. Instants are text of one form, 2027-03-01T08:00:00.000Z, which sorts as time does.
CREATE TABLE patients (
  row         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  last_name   TEXT NOT NULL CHECK (length(last_name) BETWEEN 1 AND 100),
  first_name  TEXT NOT NULL CHECK (length(first_name) BETWEEN 1 AND 100),
  middle_name TEXT CHECK (length(middle_name) BETWEEN 1 AND 100),
  birth_date  TEXT NOT NULL CHECK (birth_date = date(birth_date)),
  sex         TEXT NOT NULL CHECK (sex IN ('male', 'female', 'other', 'unknown')),
  phone       TEXT CHECK (phone GLOB '+[1-9][0-9]*' AND phone NOT GLOB '+*[^0-9]*' AND length(phone) <= 16),
  -- The whole name in one case and one normal form, as the program folds it: what a search looks into.
  search_name TEXT NOT NULL,
  version     INTEGER NOT NULL CHECK (version >= 1),
  created_at  TEXT NOT NULL,
  updated_at  TEXT NOT NULL
) STRICT;

CREATE TABLE doctors (
  row         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  last_name   TEXT NOT NULL CHECK (length(last_name) BETWEEN 1 AND 100),
  first_name  TEXT NOT NULL CHECK (length(first_name) BETWEEN 1 AND 100),
  middle_name TEXT CHECK (length(middle_name) BETWEEN 1 AND 100),
  specialty   TEXT NOT NULL CHECK (length(specialty) BETWEEN 1 AND 100),
  search_name TEXT NOT NULL,
  version     INTEGER NOT NULL CHECK (version >= 1),
  created_at  TEXT NOT NULL,
  updated_at  TEXT NOT NULL,
  -- One who has left is listed no more; the patients keep the appointments that they had.
  deleted_at  TEXT
) STRICT;

-- Every three letters that follow each other in a name, and where: text within a name without reading all names.
CREATE VIRTUAL TABLE patients_by_name USING fts5 (
  search_name, content = 'patients', content_rowid = 'row', tokenize = 'trigram case_sensitive 1', detail = 'full'
);
CREATE TRIGGER patients_name_added AFTER INSERT ON patients BEGIN
  INSERT INTO patients_by_name (rowid, search_name) VALUES (NEW.row, NEW.search_name);
END;
CREATE TRIGGER patients_name_removed AFTER DELETE ON patients BEGIN
  INSERT INTO patients_by_name (patients_by_name, rowid, search_name) VALUES ('delete', OLD.row, OLD.search_name);
END;
CREATE TRIGGER patients_name_changed AFTER UPDATE OF search_name ON patients BEGIN
  INSERT INTO patients_by_name (patients_by_name, rowid, search_name) VALUES ('delete', OLD.row, OLD.search_name);
  INSERT INTO patients_by_name (rowid, search_name) VALUES (NEW.row, NEW.search_name);
END;

CREATE VIRTUAL TABLE doctors_by_name USING fts5 (
  search_name, content = 'doctors', content_rowid = 'row', tokenize = 'trigram case_sensitive 1', detail = 'full'
);
CREATE TRIGGER doctors_name_added AFTER INSERT ON doctors BEGIN
  INSERT INTO doctors_by_name (rowid, search_name) VALUES (NEW.row, NEW.search_name);
END;
CREATE TRIGGER doctors_name_removed AFTER DELETE ON doctors BEGIN
  INSERT INTO doctors_by_name (doctors_by_name, rowid, search_name) VALUES ('delete', OLD.row, OLD.search_name);
END;
CREATE TRIGGER doctors_name_changed AFTER UPDATE OF search_name ON doctors BEGIN
  INSERT INTO doctors_by_name (doctors_by_name, rowid, search_name) VALUES ('delete', OLD.row, OLD.search_name);
  INSERT INTO doctors_by_name (rowid, search_name) VALUES (NEW.row, NEW.search_name);
END;

CREATE TABLE appointments (
  id                  TEXT PRIMARY KEY,
  patient_id          TEXT NOT NULL REFERENCES patients (id),
  doctor_id           TEXT NOT NULL REFERENCES doctors (id),
  starts_at           TEXT NOT NULL,
  ends_at             TEXT NOT NULL,
  status              TEXT NOT NULL CHECK (status IN ('booked', 'arrived', 'fulfilled', 'cancelled', 'noshow')),
  reason              TEXT CHECK (length(reason) <= 500),
  cancellation_reason TEXT CHECK (length(cancellation_reason) <= 500),
  version             INTEGER NOT NULL CHECK (version >= 1),
  CONSTRAINT appointment_has_length CHECK (
    ends_at > starts_at AND ends_at <= strftime('%Y-%m-%dT%H:%M:%fZ', starts_at, '+8 hours')
  ),
  CONSTRAINT cancellation_has_reason CHECK (status <> 'cancelled' OR cancellation_reason IS NOT NULL)
) STRICT;
CREATE INDEX appointments_by_start ON appointments (starts_at, id);
CREATE INDEX appointments_by_doctor ON appointments (doctor_id, starts_at, id);
CREATE INDEX appointments_by_patient ON appointments (patient_id, starts_at, id);
CREATE INDEX appointments_by_status ON appointments (status, starts_at, id);

-- What EXCLUDE is in PostgreSQL, as triggers: there is one writer at a time, so what they see is all there is. None
-- lasts over 8 hours, so one that overlaps began at most 8 hours before: the index need not be read from its beginning.
CREATE TRIGGER doctor_is_free BEFORE INSERT ON appointments WHEN NEW.status IN ('booked', 'arrived') BEGIN
  SELECT RAISE(ABORT, 'doctor_is_free') FROM appointments
    WHERE doctor_id = NEW.doctor_id AND status IN ('booked', 'arrived')
      AND starts_at > strftime('%Y-%m-%dT%H:%M:%fZ', NEW.starts_at, '-8 hours')
      AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at;
END;
CREATE TRIGGER patient_is_free BEFORE INSERT ON appointments WHEN NEW.status IN ('booked', 'arrived') BEGIN
  SELECT RAISE(ABORT, 'patient_is_free') FROM appointments
    WHERE patient_id = NEW.patient_id AND status IN ('booked', 'arrived')
      AND starts_at > strftime('%Y-%m-%dT%H:%M:%fZ', NEW.starts_at, '-8 hours')
      AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at;
END;
CREATE TRIGGER doctor_stays_free BEFORE UPDATE ON appointments WHEN NEW.status IN ('booked', 'arrived') BEGIN
  SELECT RAISE(ABORT, 'doctor_is_free') FROM appointments
    WHERE doctor_id = NEW.doctor_id AND status IN ('booked', 'arrived') AND id <> NEW.id
      AND starts_at > strftime('%Y-%m-%dT%H:%M:%fZ', NEW.starts_at, '-8 hours')
      AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at;
END;
CREATE TRIGGER patient_stays_free BEFORE UPDATE ON appointments WHEN NEW.status IN ('booked', 'arrived') BEGIN
  SELECT RAISE(ABORT, 'patient_is_free') FROM appointments
    WHERE patient_id = NEW.patient_id AND status IN ('booked', 'arrived') AND id <> NEW.id
      AND starts_at > strftime('%Y-%m-%dT%H:%M:%fZ', NEW.starts_at, '-8 hours')
      AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at;
END;

CREATE TABLE idempotency_keys (
  key          TEXT PRIMARY KEY,
  -- An answer tells of a patient: it goes with them.
  patient_id   TEXT NOT NULL REFERENCES patients (id) ON DELETE CASCADE,
  request_hash TEXT NOT NULL,
  answer       TEXT NOT NULL,
  created_at   TEXT NOT NULL
) STRICT;
CREATE INDEX idempotency_keys_by_patient ON idempotency_keys (patient_id);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
