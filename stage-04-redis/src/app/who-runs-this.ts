import { userInfo } from 'node:os';

/** The person at the keyboard has no session; the machine knows them. No account has a name like this. */
export function whoRunsThis(): string {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    return 'cli:unknown'; // In some containers nobody has a name.
  }
}
