import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

export interface Passwords {
  /** In the PHC string format, `$scrypt$ln=15,r=8,p=3$salt$hash`: with the parameters, so that they can rise. */
  hash(password: string): Promise<string>;
  /** Takes the same time for a hash of nobody, undefined. */
  verify(password: string, hash: string | undefined): Promise<boolean>;
  /** Whether the hash was made with less work than is asked for now. */
  isOutdated(hash: string): boolean;
}

interface Parameters {
  /** The logarithm of N: each step doubles time and memory. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

const [SALT_BYTES, HASH_BYTES] = [16, 32];
const FORM = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/;

/**
 * scrypt (RFC 7914) in Node's thread pool, so that nobody else waits. `ln` 15 with r 8 and p 3 is one of the settings
 * that OWASP's Password Storage Cheat Sheet counts as equal; it takes 32 MiB.
 */
export function createPasswords({ ln }: { ln: number }): Passwords {
  const now: Parameters = { ln, r: 8, p: 3 };
  const nobody = format(now, randomBytes(SALT_BYTES), randomBytes(HASH_BYTES));
  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      return format(now, salt, await derive(password, salt, now));
    },
    async verify(password, hash) {
      const { parameters, salt, expected } = parse(hash ?? nobody);
      return timingSafeEqual(await derive(password, salt, parameters), expected) && hash !== undefined;
    },
    isOutdated: (hash) => parse(hash).parameters.ln < ln,
  };
}

const scryptAsync = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

function derive(password: string, salt: Buffer, { ln, r, p }: Parameters): Promise<Buffer> {
  const N = 2 ** ln;
  // The same characters can be typed as other code points on another machine (SP 800-63B, section 3.1.1.2).
  return scryptAsync(password.normalize('NFKC'), salt, HASH_BYTES, { N, r, p, maxmem: 256 * N * r });
}

function format({ ln, r, p }: Parameters, salt: Buffer, hash: Buffer): string {
  return `$scrypt$ln=${ln},r=${r},p=${p}$${toText(salt)}$${toText(hash)}`;
}

function parse(text: string): { parameters: Parameters; salt: Buffer; expected: Buffer } {
  const [, ln, r, p, salt = '', hash = ''] = FORM.exec(text) ?? [];
  if (hash === '') throw new Error('a password hash in the database is of an unknown form');
  return {
    parameters: { ln: Number(ln), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64'),
    expected: Buffer.from(hash, 'base64'),
  };
}

/** Base64 without padding, as the format wants it. */
function toText(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
