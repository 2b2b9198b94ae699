-- A log in a file, where there is no Kafka: topics without partitions, and how far each group has read.
CREATE TABLE messages (
  topic    TEXT NOT NULL,
  "offset" INTEGER NOT NULL,
  key      ANY,
  value    ANY,
  headers  TEXT NOT NULL,
  time     TEXT NOT NULL,
  PRIMARY KEY (topic, "offset")
) STRICT;

CREATE TABLE offsets (
  group_name TEXT NOT NULL,
  topic      TEXT NOT NULL,
  next       INTEGER NOT NULL,
  PRIMARY KEY (group_name, topic)
) STRICT;

-- One process of a group reads at a time.
CREATE TABLE leases (
  name   TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  until  TEXT NOT NULL
) STRICT;
