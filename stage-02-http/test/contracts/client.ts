/** A small client of the API, for tests: JSON in, JSON out, with whatever headers a stage wants besides. */
export interface Client {
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** What the body says; undefined when there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of every shape, and fails where it is another.
  readonly body: any;
}

export function createClient(url: string, always: Readonly<Record<string, string>> = {}): Client {
  return {
    async send(method, path, body, headers = {}) {
      const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
      const response = await fetch(url + path, {
        method,
        headers: { ...always, ...json, ...headers },
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text ? JSON.parse(text) : undefined,
      };
    },
  };
}
