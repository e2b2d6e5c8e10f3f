import { ERROR_CODES, type AuthErrorCode } from '../src/errors/error-codes';

const INTRODUCTION = `# Errors

Every refusal is \`application/problem+json\` (RFC 9457):

\`\`\`json
{
  "type": "urn:portcullis:error:throttled",
  "title": "Too many requests",
  "status": 429,
  "code": "throttled",
  "requestId": "0c1f3c36-52a1-4e0e-9a53-0d5f1f5d2a3b"
}
\`\`\`

- \`type\` is \`urn:portcullis:error:\` followed by the code. It is a name, not an address.
- \`code\` is stable: it never changes its meaning or its status. Decide by it, not by \`title\`.
- \`detail\` helps the caller where it is there; it never holds a cause.
- \`errors\` lists \`{ field, message }\` with \`validation_failed\` and \`password_policy\`. Values are never repeated.
- \`requestId\` names the request in the log of the server; the header \`x-request-id\` says the same.
- 429 and 503 carry \`Retry-After\` in seconds. 401 carries \`WWW-Authenticate\` where a bearer token was refused.
- \`account_disabled\` is an answer to a session only, from \`/auth/refresh\` and \`/auth/session\`: a disabled account
  that signs in gets \`invalid_credentials\`, like any other that may not.
- Codes marked (reserved) belong to a later version: nothing answers with them yet.
- A refusal of the HTTP layer takes the code of its status; a 4xx status without one becomes \`validation_failed\`.

This page is generated from \`src/errors/error-codes.ts\` by \`node -r @swc-node/register scripts/generate-docs.ts\`.
`;

/** Codes that keep their name and status for a later version; nothing throws them yet. */
const RESERVED: ReadonlySet<string> = new Set<AuthErrorCode>(['link_invalid', 'mfa_required']);

/** `docs/errors.md`: every code, its status, its title, and what a client should do. */
export function renderErrors(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { status, title, remedy }]) =>
      `| ${status} | \`${code}\`${RESERVED.has(code) ? ' (reserved)' : ''} | ${title} | ${remedy} |`,
  );
  const table = [
    '| status | code | title | what a client should do |',
    '|---|---|---|---|',
    ...rows,
  ];
  return [INTRODUCTION, table.join('\n')].join('\n');
}
