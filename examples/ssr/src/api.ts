import type { Request } from 'express';

/** What the API answered instead of what was asked for. */
export class ApiRefusal extends Error {
  constructor(
    readonly status: number,
    /** Seconds, as the API said them. */
    readonly retryAfter: string | null,
  ) {
    super(`the API answered ${status}`);
  }
}

/**
 * Reads the API in the name of the browser that asks for a page.
 *
 * @throws ApiRefusal for an answer that is no 2xx; AuthError where there is none
 */
export async function read<Answer>(asked: Request, path: string): Promise<Answer> {
  const answer = await asked.auth.fetch(path);
  if (answer.ok) return (await answer.json()) as Answer;
  await answer.body?.cancel();
  throw new ApiRefusal(answer.status, answer.headers.get('retry-after'));
}
