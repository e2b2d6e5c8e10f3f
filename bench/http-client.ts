import { Agent, request } from 'node:http';

/** What an answer carries, as far as the bench reads it. */
export interface BenchAnswer {
  readonly status: number;
  readonly body: { readonly access_token: string; readonly refresh_token: string };
}

/** Keeps its connections, as any client in front of an API does. */
export class HttpClient {
  readonly #agent: Agent;

  constructor(
    private readonly url: string,
    connections: number,
  ) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** @throws Error for any status but 200: a bench of refusals measures nothing */
  send(
    method: string,
    path: string,
    given: { body?: object; token?: string } = {},
  ): Promise<BenchAnswer> {
    const body = given.body === undefined ? undefined : JSON.stringify(given.body);
    const headers = {
      ...(body && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      }),
      ...(given.token && { authorization: `Bearer ${given.token}` }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(
        `${this.url}${path}`,
        { method, headers, agent: this.#agent },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            const status = incoming.statusCode ?? 0;
            if (status !== 200) reject(new Error(`${method} ${path}: ${status} ${text}`));
            else resolve({ status, body: JSON.parse(text) as BenchAnswer['body'] });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Signs in as a program does. */
export function login(client: HttpClient, email: string, password: string): Promise<BenchAnswer> {
  return client.send('POST', '/auth/login', { body: { email, password, transport: 'body' } });
}
