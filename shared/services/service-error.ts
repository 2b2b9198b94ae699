/** A service cannot be had, or not so. The message says why and what helps; it needs no stack. */
export class ServiceError extends Error {
  readonly code = 'service';
}
