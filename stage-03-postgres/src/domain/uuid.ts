/** Whether the text is a UUID (RFC 9562) as this system writes them: in lower case, with hyphens. */
export function isUuid(text: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(text);
}
