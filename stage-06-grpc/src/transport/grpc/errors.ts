import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyPack, anyUnpack, durationFromMs, durationMs } from '@bufbuild/protobuf/wkt';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { DomainError, type FieldProblem, RateLimited, unavailable, validation } from '../../domain/index.ts';
import { fieldOfPointer, pointerOfField } from './field-paths.ts';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from './generated/google/rpc/error_details_pb.ts';
import { type Status, StatusSchema } from './generated/google/rpc/status_pb.ts';

/** The status for each code of the domain; a taken time is told from other conflicts below. */
const STATUS_BY_CODE: Readonly<Record<string, status>> = {
  validation: status.INVALID_ARGUMENT,
  not_found: status.NOT_FOUND,
  conflict: status.FAILED_PRECONDITION,
  precondition_failed: status.FAILED_PRECONDITION,
  unavailable: status.UNAVAILABLE,
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  rate_limited: status.RESOURCE_EXHAUSTED,
};

/** The statuses of a call to which the service said nothing. */
const NO_ANSWER: ReadonlySet<status> = new Set([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.CANCELLED,
  status.UNKNOWN,
]);

const DOMAIN = 'medcenter';
const DETAILS = 'grpc-status-details-bin';
/** Trailers are headers: many clients take 8 KiB of them at the most, and base64 makes four characters of three bytes. */
const DETAILS_BYTES = 5_000;
const MESSAGE_CHARACTERS = 500;

/** Whether a client may be told what the error says. */
export function isRefusal(error: unknown): error is DomainError {
  return error instanceof DomainError && Object.hasOwn(STATUS_BY_CODE, error.code);
}

/** What a client is told of an error. Of one that nobody foresaw: nothing but that it happened. */
export function statusOf(error: unknown): Status {
  if (!isRefusal(error)) {
    const message = 'something went wrong here; the log tells more under this request id';
    return create(StatusSchema, { code: status.INTERNAL, message });
  }
  const details = [anyPack(ErrorInfoSchema, infoOf(error))];
  if (error.details.length > 0) details.push(anyPack(BadRequestSchema, badRequestOf(error.details)));
  if (error instanceof RateLimited) {
    const retryDelay = durationFromMs(error.retryAfterSeconds * 1_000);
    details.push(anyPack(RetryInfoSchema, create(RetryInfoSchema, { retryDelay })));
  }
  const message = messageOf(error).toWellFormed().slice(0, MESSAGE_CHARACTERS).toWellFormed();
  return create(StatusSchema, { code: codeOf(error), message, details });
}

/** The same, as grpc-js sends it. */
export function serviceErrorOf(error: unknown): Pick<ServiceError, 'code' | 'details' | 'metadata'> {
  const told = statusOf(error);
  const metadata = new Metadata();
  if (told.details.length > 0) metadata.set(DETAILS, Buffer.from(toBinary(StatusSchema, told)));
  return { code: told.code, details: told.message, metadata };
}

/** What the client of the service throws: the very refusal that the service threw, or `unavailable`. */
export function errorOf(error: ServiceError): Error {
  const told = toldIn(error);
  const refusal = told && refusalIn(told, error);
  if (refusal) return refusal;
  if (isNoAnswer(error)) return unavailable('the schedule service does not answer', error);
  return new Error(`the schedule service failed: ${status[error.code]}`, { cause: error });
}

/** Whether the service said nothing: the same call may do well in a moment. */
export function isNoAnswer(error: ServiceError): boolean {
  return NO_ANSWER.has(error.code) && toldIn(error) === undefined;
}

function codeOf({ code, details }: DomainError): status {
  const isTaken = details.some(({ path }) => path === '/doctorId' || path === '/patientId');
  return code === 'conflict' && isTaken ? status.ALREADY_EXISTS : (STATUS_BY_CODE[code] ?? status.INTERNAL);
}

/** The text of a validation names fields: those that the caller of a door knows. */
function messageOf({ code, message, details }: DomainError): string {
  if (code !== 'validation') return message;
  return validation(details.map((problem) => ({ ...problem, path: `/${fieldOfPointer(problem.path)}` })))
    .message;
}

function infoOf({ code }: DomainError) {
  return create(ErrorInfoSchema, { reason: code.toUpperCase(), domain: DOMAIN });
}

/** As many as there is room for, the first ones first. */
function badRequestOf(problems: readonly FieldProblem[]) {
  let room = DETAILS_BYTES;
  const fieldViolations = problems
    .map(({ path, message }) => ({ field: fieldOfPointer(path), description: message }))
    .filter(({ field, description }) => {
      room -= Buffer.byteLength(field) + Buffer.byteLength(description) + 6;
      return room > 0;
    });
  return create(BadRequestSchema, { fieldViolations });
}

function toldIn({ metadata }: ServiceError): Status | undefined {
  const [bytes] = metadata.get(DETAILS);
  if (!Buffer.isBuffer(bytes)) return undefined;
  try {
    return fromBinary(StatusSchema, bytes);
  } catch {
    return undefined; // Somebody else's, then: the status alone has to do.
  }
}

function refusalIn({ message, details }: Status, cause: Error): DomainError | undefined {
  const first = <T>(unpack: (detail: (typeof details)[number]) => T | undefined) =>
    details.map(unpack).find((each) => each !== undefined);
  const info = first((detail) => anyUnpack(detail, ErrorInfoSchema));
  if (info?.domain !== DOMAIN) return undefined;
  const violations = first((detail) => anyUnpack(detail, BadRequestSchema))?.fieldViolations ?? [];
  const problems = violations.map(({ field, description }) => ({
    path: pointerOfField(field),
    message: description,
  }));
  const delay = first((detail) => anyUnpack(detail, RetryInfoSchema))?.retryDelay;
  if (delay) return new RateLimited(message, durationMs(delay) / 1_000);
  const code = info.reason.toLowerCase();
  const text = code === 'validation' && problems.length > 0 ? validation(problems).message : message;
  return new DomainError(code, text, problems, { cause });
}
