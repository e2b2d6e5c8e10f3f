/** A row of the fault list, as `docs/failures.md` names it. */
export type FaultRow = `F-${number}`;

/**
 * A change of the code that takes a defence out. The tests of its row have to fail with it, or they
 * prove nothing. `npm run mutants` applies each to a copy of the tree and demands that.
 */
export interface Mutant {
  readonly row: FaultRow;
  /** The test file whose titles begin with the row. */
  readonly test: string;
  /** Where the defence is. */
  readonly file: string;
  /** It stands there exactly once. */
  readonly text: string;
  readonly replacement: string;
  /** What is lost with it. */
  readonly why: string;
}

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F-1',
    test: 'test/faults/database-restart.test.ts',
    file: 'src/database/database-errors.ts',
    text: `  '57P01', // admin_shutdown\n`,
    replacement: '',
    why: 'a connection that the server ends for its shutdown is an error of ours (500), not an outage',
  },
  {
    row: 'F-2',
    test: 'test/faults/database-restart.test.ts',
    file: 'src/change-feed/change-feed.ts',
    text: `        if (!this.#closed) this.#reconnectSoon();\n`,
    replacement: '',
    why: 'the change feed tries once to reconnect, and after a crash no revocation of another instance arrives',
  },
  {
    row: 'F-3',
    test: 'test/faults/lost-answers.test.ts',
    file: 'src/sessions/rotations.repository.ts',
    text: "AND ((${sameAttempt}) OR (${sameUserAgent})) THEN 'grace'",
    replacement: "AND ((${sameAttempt}) OR (${sameUserAgent})) THEN 'reuse'",
    why: 'whoever lost an answer is taken for a thief',
  },
  {
    row: 'F-3',
    test: 'test/faults/lost-answers.test.ts',
    file: 'src/sessions/rotations.repository.ts',
    text: 's.rotated_at > clock_timestamp() - ${grace}`',
    replacement: '${grace} IS NOT NULL`',
    why: 'the grace has no end',
  },
  {
    row: 'F-4',
    test: 'test/faults/lost-answers.test.ts',
    file: 'src/database/database.ts',
    text: 'if (tx !== undefined) return run<Row>(runnerOf(tx), sql, parameters);',
    replacement: '',
    why: 'the statements of a transaction commit one by one',
  },
  {
    row: 'F-5',
    test: 'test/faults/lost-answers.test.ts',
    file: 'src/database/database.ts',
    text: 'await runner.commitTransaction();',
    replacement: 'await runner.commitTransaction().catch(() => undefined);',
    why: 'a COMMIT that failed is answered as if it had happened',
  },
  {
    row: 'F-6',
    test: 'test/faults/contention.test.ts',
    file: 'src/database/database.ts',
    text: 'const MAX_ATTEMPTS = 4;',
    replacement: 'const MAX_ATTEMPTS = 1;',
    why: 'a deadlock is the answer',
  },
  {
    row: 'F-7',
    test: 'test/faults/contention.test.ts',
    file: 'server/database/server-data-source.ts',
    text: 'connectTimeoutMS: CONNECT_LIMIT,',
    replacement: '',
    why: 'whoever finds the pool empty waits for ever',
  },
  {
    row: 'F-8',
    test: 'test/faults/contention.test.ts',
    file: 'server/database/server-data-source.ts',
    text: '  statement_timeout: STATEMENT_LIMIT,\n',
    replacement: '',
    why: 'a statement may take for ever',
  },
  {
    row: 'F-8',
    test: 'test/faults/contention.test.ts',
    file: 'src/database/database.ts',
    text: 'if (isReadTimeout(error)) await discardConnection(runner, error as Error);',
    replacement: '',
    why: 'a silent connection goes back into the pool, to the next caller',
  },
  {
    row: 'F-9',
    test: 'test/faults/read-only-primary.test.ts',
    file: 'src/change-feed/change-feed.connection.ts',
    text: 'if (first === undefined || first.standby) {',
    replacement: 'if (first === undefined) {',
    why: 'a standby that lags is believed for as long as it lags',
  },
  {
    row: 'F-9',
    test: 'test/faults/read-only-primary.test.ts',
    file: 'src/sessions/rotations.service.ts',
    text: '!this.revocations.heardOf({ sessionId, accountId: account.id, accountEpoch })',
    replacement: 'account.id !== sessionId && accountEpoch > 0',
    why: 'a revocation that the failover lost lets the refresh token live again',
  },
  {
    row: 'F-15',
    test: 'test/faults/clocks.test.ts',
    file: 'src/tokens/access-token-claims.ts',
    text: 'iat > latestStart || ',
    replacement: '',
    why: 'a token from the future lives longer by as much as its clock was ahead',
  },
  {
    row: 'F-16',
    test: 'test/faults/clocks.test.ts',
    file: 'src/tokens/verified-token-cache.ts',
    text: 'verified.issuedAt <= nowSeconds + clockToleranceSeconds &&',
    replacement: '',
    why: 'what was verified before the clock went back lives two hours longer',
  },
  {
    row: 'F-17',
    test: 'test/faults/races.test.ts',
    file: 'src/sessions/rotations.repository.ts',
    text: "AND s.counter = ${p.add(rotation.counter, 'integer')}",
    replacement: "AND s.counter >= ${p.add(rotation.counter, 'integer')}",
    why: 'each of a hundred concurrent refreshes wins',
  },
  {
    row: 'F-18',
    test: 'test/faults/races.test.ts',
    file: 'src/sessions/rotations.repository.ts',
    text: 'AND s.revoked_at IS NULL AND s.idle_expires_at > now()',
    replacement: 'AND s.idle_expires_at > now()',
    why: 'a refresh outruns the logout that it raced',
  },
  {
    row: 'F-32',
    test: 'test/delivery/delivery-worker.test.ts',
    file: 'src/delivery/delivery-attempt.ts',
    text: 'await unlessAborted(this.parts.sender.send(message, signal), signal);',
    replacement: 'await this.parts.sender.send(message, signal);',
    why: 'a server that hangs holds its place for ever, and the queue behind it',
  },
  {
    row: 'F-32',
    test: 'test/delivery/delivery-worker.test.ts',
    file: 'src/delivery/delivery-attempt.ts',
    text: 'if (this.#isShutDown || clock.monotonic() > until) break;',
    replacement: 'break;',
    why: 'a mail that left while the database was away goes out a second time',
  },
  {
    row: 'F-35',
    test: 'test/faults/races.test.ts',
    file: 'src/delivery/notice.sql.ts',
    text: 'WHERE w.opened_at <= clock_timestamp() - ${window}',
    replacement: 'WHERE ${window} IS NOT NULL',
    why: 'a login that arrives twice is mailed twice',
  },
  {
    row: 'F-19',
    test: 'test/processes/key-rotation.test.ts',
    file: 'src/options/signing-key-options.ts',
    text: 'return ttlSeconds + 2 * clockToleranceSeconds + KEYS_REREAD_SECONDS;',
    replacement: 'return 0 * (ttlSeconds + clockToleranceSeconds);',
    why: 'a key verifies no longer as soon as another one signs',
  },
  {
    row: 'F-19',
    test: 'test/processes/key-rotation.test.ts',
    file: 'src/keys/keys.repository.ts',
    text: "WHERE status IN ('next', 'current') OR",
    replacement: "WHERE status IN ('next', 'current', 'revoked') OR",
    why: 'a revoked key goes on to verify',
  },
  {
    row: 'F-10',
    test: 'test/faults/redis.test.ts',
    file: 'src/throttling/shared-throttler-storage.ts',
    text: `      this.#circuit.open(this.#lastError ?? (error as Error)),\n`,
    replacement: `      Promise.reject(this.#lastError ?? (error as Error)),\n`,
    why: 'an instance does not start while Redis is down',
  },
  {
    row: 'F-11',
    test: 'test/faults/redis-fleet.test.ts',
    file: 'src/throttling/guess.sql.ts',
    text: '      WHERE guess.next_at <= clock_timestamp() AND guess.failures < ${cap}\n',
    replacement: '',
    why: 'PostgreSQL counts guesses and stops none',
  },
  {
    row: 'F-12',
    test: 'test/faults/redis-fleet.test.ts',
    file: 'src/change-feed/change-feed.ts',
    text: `    for (const change of polled.changes) this.deliver(change);\n`,
    replacement: '',
    why: 'what PostgreSQL tells of revocations is not heard',
  },
  {
    row: 'F-13',
    test: 'test/faults/redis.test.ts',
    file: 'src/clock/time-limit.ts',
    text: `    }, limitMs);\n`,
    replacement: `    }, limitMs * 600);\n`,
    why: 'requests wait for a Redis that hangs',
  },
  {
    row: 'F-14',
    test: 'test/faults/redis.test.ts',
    file: 'src/throttling/memory-throttler-storage.ts',
    text: `    if (isOpen && (known.hits >= hits || known.blocked) && !isBlocked) return undefined;\n`,
    replacement: '',
    why: 'a count that Redis has lost begins anew',
  },
  {
    row: 'F-36',
    test: 'test/faults/pooler.test.ts',
    file: 'src/database/migrator.ts',
    text: 'const LOCK = `pg_advisory_xact_lock(',
    replacement: 'const LOCK = `pg_advisory_lock(',
    why: 'the lock of the migrations belongs to a connection that the pooler hands to others',
  },
  {
    row: 'F-37',
    test: 'test/housekeeping/many-rows.test.ts',
    file: 'src/sessions/ended-sessions.repository.ts',
    text: 'LEAST(s.revoked_at, s.idle_expires_at, s.absolute_expires_at)',
    replacement: `LEAST(s.revoked_at, s.idle_expires_at - interval '1 year')`,
    why: 'the clean-up takes sessions that are live',
  },
  {
    row: 'F-38',
    test: 'test/faults/cold-start.test.ts',
    file: 'src/access/authority.service.ts',
    text: 'this.#flights.get(accountId)?.get(tenantId) ?? this.#fill(accountId, tenantId)',
    replacement: 'this.#fill(accountId, tenantId)',
    why: 'everybody who asks at the same moment reads the authority for himself',
  },
  {
    row: 'F-39',
    test: 'test/faults/cold-start.test.ts',
    file: 'server/startup/patience.ts',
    text: `translated.code === 'database_unavailable'`,
    replacement: `translated.code === 'unauthenticated'`,
    why: 'an instance ends where the database comes up after it',
  },
];
