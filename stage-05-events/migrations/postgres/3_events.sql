-- What is to be told, in the order in which it happened to each appointment. A row is deleted when it was told.
CREATE TABLE outbox (
  position   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic      text NOT NULL,
  key        text NOT NULL,
  value      text NOT NULL,
  created_at timestamptz(3) NOT NULL
);

-- What a group of consumers has done already.
CREATE TABLE inbox (
  group_name text NOT NULL,
  event_id   text NOT NULL,
  done_at    timestamptz(3) NOT NULL,
  PRIMARY KEY (group_name, event_id)
);
CREATE INDEX inbox_by_age ON inbox (done_at);

-- Work that one process does at a time, and for how long it is its own.
CREATE TABLE leases (
  name   text PRIMARY KEY,
  holder text NOT NULL,
  until  timestamptz(3) NOT NULL
);

-- What the events tell of each appointment, the newest only. No foreign keys: it is a copy, and can be made again.
CREATE TABLE appointment_facts (
  appointment_id uuid PRIMARY KEY,
  version        integer NOT NULL,
  doctor_id      uuid NOT NULL,
  date           date NOT NULL,
  status         text NOT NULL CHECK (status IN ('booked', 'cancelled')),
  counted_at     timestamptz(3) NOT NULL
);
CREATE INDEX appointment_facts_by_date ON appointment_facts (date, doctor_id);

CREATE TABLE reminders (
  appointment_id uuid NOT NULL,
  version        integer NOT NULL,
  patient_id     uuid NOT NULL,
  doctor_id      uuid NOT NULL,
  starts_at      timestamptz(3) NOT NULL,
  due_at         timestamptz(3) NOT NULL,
  status         text NOT NULL CHECK (status IN ('due', 'sent', 'dropped')),
  -- Somebody is sending it now, or has died over it.
  claimed_until  timestamptz(3),
  sent_at        timestamptz(3),
  PRIMARY KEY (appointment_id, version)
);
CREATE INDEX reminders_by_due ON reminders (due_at) WHERE status = 'due';

-- Dead letters that were sent once more: the place of each, and its time, for a topic that is made anew counts anew.
CREATE TABLE redriven (
  dead_letter text PRIMARY KEY,
  redriven_at timestamptz(3) NOT NULL
);
