import pg from 'pg';
import { DomainError, unavailable } from '../../domain/index.ts';
import { refusalOf } from '../constraints.ts';

// SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
/** The constraint says no: unique, exclusion, foreign key. A failed CHECK is a defect of the program. */
const CONSTRAINTS = ['23505', '23P01', '23503'];
/** Deadlock, serialization failure: the transaction may run again. */
const COLLISIONS = ['40P01', '40001'];
/** A lock not had in time, a statement over its time, a transaction that idled too long, or that may only read. */
const TOO_SLOW = ['55P03', '57014', '25P03', '25P04', '25006'];
/**
 * Classes: connection exception, no such user or password, no such database, insufficient resources, operator
 * intervention, system error. None of them is the fault of what was asked, and somebody can put it right.
 */
const TROUBLED_CLASSES = ['08', '28', '3D', '53', '57', '58'];

/** What the rest of the system is told of an error of the driver. */
export function translate(error: unknown): unknown {
  // A value that our own code cannot read or write is a defect, and no matter of waiting.
  if (error instanceof DomainError || error instanceof TypeError || error instanceof RangeError) return error;
  if (!(error instanceof pg.DatabaseError)) {
    // Not said by the server: the connection broke, was not had, or nothing came back in time.
    return unavailable('the database does not answer: try again', error);
  }
  const { code = '', constraint = '' } = error;
  if (CONSTRAINTS.includes(code)) return refusalOf(constraint, error);
  if (TOO_SLOW.includes(code)) return unavailable('the database is too busy: try again', error);
  if (TROUBLED_CLASSES.includes(code.slice(0, 2))) {
    return unavailable('the database cannot answer now: try again', error);
  }
  return error;
}

/** Whether the transaction met another one that stood in its way, and may run again. */
export function isCollision(error: unknown): boolean {
  return error instanceof pg.DatabaseError && COLLISIONS.includes(error.code ?? '');
}

/** Whether the connection is of no more use: what the server may still send would answer another question. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof DomainError) || error.code !== 'unavailable') return false;
  const { cause } = error;
  return !(cause instanceof pg.DatabaseError) || cause.severity === 'FATAL';
}
