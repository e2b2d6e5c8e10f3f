import { createHash } from 'node:crypto';
import type { Database } from '../src/database/database';
import { newId } from '../src/database/identifiers';
import { authTables } from '../src/database/tables';
import { resolveAuthOptions } from '../src/options/resolve-options';
import { SecretKeys } from '../src/options/secret-keys';
import { RotationsRepository } from '../src/sessions/rotations.repository';
import { familySecretDigest, RefreshTokens } from '../src/tokens/refresh-token';
import { BENCH_OPTIONS } from './workload';

/** The statement that a refresh sends, ready to be sent again for the next generation. */
export interface CapturedStatement {
  readonly sql: string;
  parametersFor(counter: number): unknown[];
}

const NO_USER_AGENT = createHash('sha256').update('').digest();
const COUNTER_MARK = 2_000_000_001;

/** Asks the repository for its own statement, so that the bench can never compare with another one. */
export async function captureRotation(refreshToken: string): Promise<CapturedStatement> {
  const options = resolveAuthOptions(BENCH_OPTIONS);
  const token = new RefreshTokens(new SecretKeys(options), options).decode(refreshToken)!;
  let captured: { sql: string; parameters: unknown[] } | undefined;
  const database = {
    tables: authTables('auth'),
    query: (sql: string, parameters: unknown[]) => {
      captured = { sql, parameters };
      return Promise.resolve([]);
    },
  };
  await new RotationsRepository(database as unknown as Database, options).advance({
    sessionId: token.sessionId,
    secretDigest: familySecretDigest(token.familySecret),
    counter: COUNTER_MARK,
    transport: 'body',
    foreground: true,
    userAgentDigest: NO_USER_AGENT,
    network: '127.0.0.1',
    origin: { ip: '127.0.0.1', requestId: newId() },
  });
  const { sql, parameters } = captured!;
  const counterAt = parameters.indexOf(COUNTER_MARK);
  const auditIdAt = parameters.findIndex(isAuditId(token.sessionId));
  return {
    sql,
    parametersFor: (counter) => {
      const next = [...parameters];
      next[counterAt] = counter;
      next[auditIdAt] = newId();
      return next;
    },
  };
}

/** The only other version 7 id among the parameters is that of the audit event. */
function isAuditId(sessionId: string) {
  return (value: unknown) =>
    typeof value === 'string' && /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(value) && value !== sessionId;
}
