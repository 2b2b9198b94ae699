import Database from 'better-sqlite3';

// Holds the SQLite file that the first argument names for 400 ms, as a program that writes does.
const db = new Database(process.argv[2]);
db.exec('BEGIN IMMEDIATE');
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
db.exec('COMMIT');
db.close();
