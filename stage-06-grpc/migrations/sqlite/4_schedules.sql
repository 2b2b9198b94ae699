-- One for each doctor who is booked by slots. It is read and written whole, so its hours are text, as JSON.
CREATE TABLE schedules (
  doctor_id    TEXT PRIMARY KEY REFERENCES doctors (id) ON DELETE CASCADE,
  time_zone    TEXT NOT NULL,
  slot_minutes INTEGER NOT NULL CHECK (slot_minutes BETWEEN 5 AND 480),
  weekly       TEXT NOT NULL,
  exceptions   TEXT NOT NULL,
  version      INTEGER NOT NULL CHECK (version >= 1),
  updated_at   TEXT NOT NULL
) STRICT;

-- Counts the writes to a doctor's appointments: another number tells those who watch that there is something to read.
-- To count and sum the rows would not do: one that leaves a day and one that comes look like none.
CREATE TABLE appointment_writes (
  doctor_id TEXT PRIMARY KEY REFERENCES doctors (id) ON DELETE CASCADE,
  count     INTEGER NOT NULL
) STRICT;
CREATE TRIGGER appointment_inserted AFTER INSERT ON appointments BEGIN
  INSERT INTO appointment_writes (doctor_id, count) VALUES (NEW.doctor_id, 1)
    ON CONFLICT (doctor_id) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER appointment_updated AFTER UPDATE ON appointments BEGIN
  INSERT INTO appointment_writes (doctor_id, count) VALUES (NEW.doctor_id, 1)
    ON CONFLICT (doctor_id) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER appointment_deleted AFTER DELETE ON appointments BEGIN
  INSERT INTO appointment_writes (doctor_id, count) VALUES (OLD.doctor_id, 1)
    ON CONFLICT (doctor_id) DO UPDATE SET count = count + 1;
END;
