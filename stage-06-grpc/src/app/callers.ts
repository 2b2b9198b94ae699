import { type Actor, isUsername } from '../domain/index.ts';
import type { CallMetadata } from '../transport/grpc/index.ts';
import { requestIdOf } from '../transport/http/index.ts';

const USERNAME = 'x-username';
const REQUEST_ID = 'x-request-id';

/** Somebody who calls by other ways than the API. No account has a name like this. */
export const ANONYMOUS = 'grpc:anonymous';

/** What tells the schedule service in whose name it is called, and by which request. */
export function metadataOf({ username, requestId }: Partial<Actor> = {}): CallMetadata {
  return {
    ...(requestId !== undefined && { [REQUEST_ID]: requestId }),
    ...(username !== undefined && { [USERNAME]: username }),
  };
}

/**
 * Who calls, as they say of themselves: whoever can reach the port is believed, for only the API and its operators should.
 */
export function actorIn(metadata: CallMetadata): Actor {
  const { [USERNAME]: username = '' } = metadata;
  return {
    username: isUsername(username) ? username : ANONYMOUS,
    requestId: requestIdOf({ headers: metadata }),
  };
}
