/** What a metric is, as docs/telemetry.md lists it. */
export interface Metric {
  readonly type: 'counter' | 'histogram' | 'gauge';
  /** UCUM, or what is counted in braces. */
  readonly unit: string;
  readonly description: string;
  /** Names of {@link ATTRIBUTES}. */
  readonly attributes: readonly AttributeName[];
}

/**
 * Every attribute, with all of its values or where they come from. None names a person, an account, an
 * address, a key or a path, and each has few values: neither our users nor our attackers choose how
 * many series there are.
 */
export const ATTRIBUTES = {
  'error.type': 'a code of docs/errors.md; absent where all went well',
  'portcullis.access.decision': '`allowed`, `denied`',
  'portcullis.cache.name': '`verified_token`, `authority`, `session`',
  'portcullis.cache.result': '`hit`, `miss`',
  'portcullis.delivery.outcome': '`sent`, `retried`, `failed`, `abandoned`',
  'portcullis.key.event': '`published`, `activated`, `revoked`',
  'portcullis.refresh.outcome':
    '`rotated`, `current`, `grace`, `reuse`, `expired`, `revoked`, `disabled`, `ahead`, `unknown`, `retry`',
  'portcullis.throttle.limit':
    '`login`, `refresh`, `account`, `application` (requests), `source`, `unknown_device`, `known_device` (guesses)',
} as const;

export type AttributeName = keyof typeof ATTRIBUTES;

/** Every metric, by its name. */
export const METRICS = {
  'portcullis.login.attempts': {
    type: 'counter',
    unit: '{attempt}',
    description: 'Checks of a password at sign-in that ended, well or not.',
    attributes: ['error.type'],
  },
  'portcullis.refresh.attempts': {
    type: 'counter',
    unit: '{attempt}',
    description: 'Authentic refresh tokens that were presented, by what became of them.',
    attributes: ['portcullis.refresh.outcome'],
  },
  'portcullis.access.decisions': {
    type: 'counter',
    unit: '{decision}',
    description: 'Calls of handlers that are not public, by what the guards decided.',
    attributes: ['portcullis.access.decision', 'error.type'],
  },
  'portcullis.cache.lookups': {
    type: 'counter',
    unit: '{lookup}',
    description: 'Looks into the caches that keep queries and signatures out of a guarded request.',
    attributes: ['portcullis.cache.name', 'portcullis.cache.result'],
  },
  'portcullis.throttle.refusals': {
    type: 'counter',
    unit: '{request}',
    description: 'Requests and guesses that a limit refused.',
    attributes: ['portcullis.throttle.limit'],
  },
  'portcullis.throttle.counted_alone': {
    type: 'counter',
    unit: '{request}',
    description: 'Requests that this instance counted by itself, because Redis was away.',
    attributes: [],
  },
  'portcullis.change_feed.lag': {
    type: 'gauge',
    unit: 's',
    description: 'Age of what this instance knows: time since its last successful poll began.',
    attributes: [],
  },
  'portcullis.change_feed.reconnects': {
    type: 'counter',
    unit: '{connection}',
    description: 'Connections of the change feed that were lost.',
    attributes: [],
  },
  'portcullis.hash_queue.waiting': {
    type: 'gauge',
    unit: '{hash}',
    description: 'Passwords that wait for a hashing thread.',
    attributes: [],
  },
  'portcullis.hash_queue.wait': {
    type: 'histogram',
    unit: 's',
    description: 'How long a password waited for its thread.',
    attributes: ['error.type'],
  },
  'portcullis.delivery.pending': {
    type: 'gauge',
    unit: '{message}',
    description: 'Mails that wait to be sent, of all instances together.',
    attributes: [],
  },
  'portcullis.delivery.oldest': {
    type: 'gauge',
    unit: 's',
    description: 'Age of the oldest mail that waits.',
    attributes: [],
  },
  'portcullis.delivery.attempts': {
    type: 'counter',
    unit: '{attempt}',
    description: 'Attempts to send a mail, by how they ended.',
    attributes: ['portcullis.delivery.outcome'],
  },
  'portcullis.key.events': {
    type: 'counter',
    unit: '{event}',
    description: 'What this instance did to signing keys.',
    attributes: ['portcullis.key.event'],
  },
} as const satisfies Readonly<Record<string, Metric>>;

type MetricsOf<Type extends Metric['type']> = {
  [Name in keyof typeof METRICS]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[keyof typeof METRICS];

export type CounterName = MetricsOf<'counter'>;
export type HistogramName = MetricsOf<'histogram'>;
export type GaugeName = MetricsOf<'gauge'>;

/** Every span, by its name, and what lies within it. An error sets `error.type` and no text. */
export const SPANS = {
  'portcullis.login.verify': 'The check of a password at sign-in: limits, hash queue, hash.',
  'portcullis.login.open': 'The opening of a session, from its statement to its tokens.',
  'portcullis.refresh': 'A rotation of a refresh token.',
  'portcullis.password.hash': 'A hash, from its place in the queue to its result.',
  'portcullis.authority.read': 'The query for what an account may do, where memory did not know.',
  'portcullis.delivery.send': 'One attempt to send one mail.',
} as const;

export type SpanName = keyof typeof SPANS;
