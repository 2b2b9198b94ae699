-- What is to be told, in the order in which it happened to each appointment. A row is deleted when it was told.
CREATE TABLE outbox (
  position   INTEGER PRIMARY KEY AUTOINCREMENT,
  topic      TEXT NOT NULL,
  key        TEXT NOT NULL,
  value      TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

-- What a group of consumers has done already.
CREATE TABLE inbox (
  group_name TEXT NOT NULL,
  event_id   TEXT NOT NULL,
  done_at    TEXT NOT NULL,
  PRIMARY KEY (group_name, event_id)
) STRICT;
CREATE INDEX inbox_by_age ON inbox (done_at);

-- Work that one process does at a time, and for how long it is its own.
CREATE TABLE leases (
  name   TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  until  TEXT NOT NULL
) STRICT;

-- What the events tell of each appointment, the newest only. No foreign keys: it is a copy, and can be made again.
CREATE TABLE appointment_facts (
  appointment_id TEXT PRIMARY KEY,
  version        INTEGER NOT NULL,
  doctor_id      TEXT NOT NULL,
  date           TEXT NOT NULL,
  status         TEXT NOT NULL CHECK (status IN ('booked', 'cancelled')),
  counted_at     TEXT NOT NULL
) STRICT;
CREATE INDEX appointment_facts_by_date ON appointment_facts (date, doctor_id);

CREATE TABLE reminders (
  appointment_id TEXT NOT NULL,
  version        INTEGER NOT NULL,
  patient_id     TEXT NOT NULL,
  doctor_id      TEXT NOT NULL,
  starts_at      TEXT NOT NULL,
  due_at         TEXT NOT NULL,
  status         TEXT NOT NULL CHECK (status IN ('due', 'sent', 'dropped')),
  -- Somebody is sending it now, or has died over it.
  claimed_until  TEXT,
  sent_at        TEXT,
  PRIMARY KEY (appointment_id, version)
) STRICT;
CREATE INDEX reminders_by_due ON reminders (due_at) WHERE status = 'due';

-- Dead letters that were sent once more: the place of each, and its time, for a topic that is made anew counts anew.
CREATE TABLE redriven (
  dead_letter TEXT PRIMARY KEY,
  redriven_at TEXT NOT NULL
) STRICT;
