/** The database cannot be opened as it is: the text says why, and what to do. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code = 'database';
}
