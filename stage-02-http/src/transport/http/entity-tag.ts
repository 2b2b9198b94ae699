import type { ExpectedVersions } from '../../service/index.ts';

/** A record's version as a strong entity tag, RFC 9110 section 8.8.3. */
export function entityTag(version: number): string {
  return `"${version}"`;
}

/**
 * The versions that `If-Match` names; undefined for `*` or no header at all. A weak tag, or one that we never gave,
 * names none: it matches nothing.
 */
export function expectedVersions(ifMatch: string | undefined): ExpectedVersions {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  return tagsOf(ifMatch).flatMap((tag) => {
    const [, version] = /^"([1-9]\d*)"$/.exec(tag) ?? [];
    return version ? [Number(version)] : [];
  });
}

/** Whether `If-None-Match` names this version: then the client has it already. A weak tag counts here. */
export function hasAlready(ifNoneMatch: string | undefined, version: number): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return tagsOf(ifNoneMatch).some((tag) => tag.replace(/^W\//, '') === entityTag(version));
}

function tagsOf(header: string): string[] {
  return header.split(',').map((tag) => tag.trim());
}
