-- For EXCLUDE with "=" on a uuid beside "&&" on a range, and for text within a name.
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE patients (
  id          uuid PRIMARY KEY,
  last_name   text NOT NULL CHECK (char_length(last_name) BETWEEN 1 AND 100),
  first_name  text NOT NULL CHECK (char_length(first_name) BETWEEN 1 AND 100),
  middle_name text CHECK (char_length(middle_name) BETWEEN 1 AND 100),
  birth_date  date NOT NULL,
  sex         text NOT NULL CHECK (sex IN ('male', 'female', 'other', 'unknown')),
  phone       text CHECK (phone ~ '^\+[1-9][0-9]{1,14}$'),
  -- The whole name in one case and one normal form, as the program folds it: what a search looks into.
  search_name text NOT NULL,
  version     integer NOT NULL CHECK (version >= 1),
  created_at  timestamptz(3) NOT NULL,
  updated_at  timestamptz(3) NOT NULL
);
CREATE INDEX patients_by_name ON patients USING gin (search_name gin_trgm_ops);

CREATE TABLE doctors (
  id          uuid PRIMARY KEY,
  last_name   text NOT NULL CHECK (char_length(last_name) BETWEEN 1 AND 100),
  first_name  text NOT NULL CHECK (char_length(first_name) BETWEEN 1 AND 100),
  middle_name text CHECK (char_length(middle_name) BETWEEN 1 AND 100),
  specialty   text NOT NULL CHECK (char_length(specialty) BETWEEN 1 AND 100),
  search_name text NOT NULL,
  version     integer NOT NULL CHECK (version >= 1),
  created_at  timestamptz(3) NOT NULL,
  updated_at  timestamptz(3) NOT NULL,
  -- One who has left is listed no more; the patients keep the appointments that they had.
  deleted_at  timestamptz(3)
);
CREATE INDEX doctors_by_name ON doctors USING gin (search_name gin_trgm_ops);

CREATE TABLE appointments (
  id                  uuid PRIMARY KEY,
  patient_id          uuid NOT NULL REFERENCES patients,
  doctor_id           uuid NOT NULL REFERENCES doctors,
  starts_at           timestamptz(3) NOT NULL,
  ends_at             timestamptz(3) NOT NULL,
  status              text NOT NULL CHECK (status IN ('booked', 'arrived', 'fulfilled', 'cancelled', 'noshow')),
  reason              text CHECK (char_length(reason) <= 500),
  cancellation_reason text CHECK (char_length(cancellation_reason) <= 500),
  version             integer NOT NULL CHECK (version >= 1),
  -- A range without length overlaps nothing, so it could be booked twice.
  CONSTRAINT appointment_has_length CHECK (ends_at > starts_at AND ends_at - starts_at <= interval '8 hours'),
  CONSTRAINT cancellation_has_reason CHECK (status <> 'cancelled' OR cancellation_reason IS NOT NULL),
  -- The law of the clinic: nobody is in two places at once. '[)' lets one end where the next begins.
  CONSTRAINT doctor_is_free EXCLUDE USING gist (doctor_id WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&)
    WHERE (status IN ('booked', 'arrived')),
  CONSTRAINT patient_is_free EXCLUDE USING gist (patient_id WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&)
    WHERE (status IN ('booked', 'arrived'))
);
-- One for each way to ask for a list; all end in its order.
CREATE INDEX appointments_by_start ON appointments (starts_at, id);
CREATE INDEX appointments_by_doctor ON appointments (doctor_id, starts_at, id);
CREATE INDEX appointments_by_patient ON appointments (patient_id, starts_at, id);
CREATE INDEX appointments_by_status ON appointments (status, starts_at, id);

CREATE TABLE idempotency_keys (
  key          text PRIMARY KEY,
  -- An answer tells of a patient: it goes with them.
  patient_id   uuid NOT NULL REFERENCES patients ON DELETE CASCADE,
  request_hash text NOT NULL,
  answer       text NOT NULL,
  created_at   timestamptz(3) NOT NULL
);
CREATE INDEX idempotency_keys_by_patient ON idempotency_keys (patient_id);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
