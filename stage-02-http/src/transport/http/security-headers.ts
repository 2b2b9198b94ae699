import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';

/**
 * The headers with which helmet tells a browser to be strict. They are the same for every answer, so helmet is asked
 * once: asked for each answer, as its plugin does, it made up almost half of the work for a small one.
 */
export function securityHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  const recorder = {
    setHeader: (name: string, value: string) => {
      headers[name.toLowerCase()] = value;
    },
    removeHeader: () => {},
  };
  // A page on this machine is served over plain HTTP: it may not be told to ask for its parts over HTTPS.
  const ask = helmet({ contentSecurityPolicy: { directives: { 'upgrade-insecure-requests': null } } });
  ask({} as IncomingMessage, recorder as unknown as ServerResponse, (error) => {
    if (error) throw error;
  });
  return headers;
}
