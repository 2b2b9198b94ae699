-- One for each doctor who is booked by slots. It is read and written whole, so its hours are text, as JSON.
CREATE TABLE schedules (
  doctor_id    uuid PRIMARY KEY REFERENCES doctors ON DELETE CASCADE,
  time_zone    text NOT NULL,
  slot_minutes integer NOT NULL CHECK (slot_minutes BETWEEN 5 AND 480),
  weekly       text NOT NULL,
  exceptions   text NOT NULL,
  version      integer NOT NULL CHECK (version >= 1),
  updated_at   timestamptz(3) NOT NULL
);

-- Counts the writes to a doctor's appointments: another number tells those who watch that there is something to read.
-- To count and sum the rows would not do: one that leaves a day and one that comes look like none.
CREATE TABLE appointment_writes (
  doctor_id uuid PRIMARY KEY REFERENCES doctors ON DELETE CASCADE,
  count     bigint NOT NULL
);

-- Once for each statement and doctor, and the doctors in one order: two statements never wait for each other.
CREATE FUNCTION count_appointment_writes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO appointment_writes (doctor_id, count)
    SELECT DISTINCT doctor_id, 1 FROM written ORDER BY doctor_id
    ON CONFLICT (doctor_id) DO UPDATE SET count = appointment_writes.count + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER appointments_inserted AFTER INSERT ON appointments REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION count_appointment_writes();
CREATE TRIGGER appointments_updated AFTER UPDATE ON appointments REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION count_appointment_writes();
CREATE TRIGGER appointments_deleted AFTER DELETE ON appointments REFERENCING OLD TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION count_appointment_writes();
