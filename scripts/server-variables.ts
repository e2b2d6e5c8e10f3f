import type { ServerEnvironment } from '../server/env';

interface ServerVariable {
  readonly text: string;
  readonly defaultOf?: (environment: ServerEnvironment) => string;
}

/** What no docstring of an option says: the variables of the server alone, and their formats. */
export const SERVER_VARIABLES: Readonly<Record<string, ServerVariable>> = {
  NODE_ENV: {
    text: '`production` demands what must not be guessed, serves no documentation page, makes no demo accounts and logs JSON.',
    defaultOf: () => 'development',
  },
  ADAPTER: {
    text: 'The web framework below Nest. Both answer alike; Fastify alone tells `/Invoices` and `/invoices/` from `/invoices`.',
    defaultOf: ({ adapter }) => adapter,
  },
  FORMS: {
    text: '`off` leaves out the pages for browsers without script (`/pages/login`, `/pages/invoices`) and their routes. See [browser-sessions.md](browser-sessions.md).',
    defaultOf: ({ forms }) => forms,
  },
  HOST: { text: 'The address the server listens on.', defaultOf: ({ host }) => host },
  PORT: {
    text: 'The TCP port; 0 lets the operating system choose.',
    defaultOf: ({ port }) => String(port),
  },
  PUBLIC_URL: {
    text: 'Where clients reach the server, without a slash at the end. It is `iss` of every token. Outside production it is `http://localhost` with the port unless set; in production plain http is accepted for the loopback only.',
  },
  ORIGINS: {
    text: 'The exact origins, separated by commas, whose pages may call the API with credentials: they pass both CORS and the check of `Origin`. When left out: the origin of `PUBLIC_URL`.',
  },
  SIGNING_ALGORITHM: {
    text: 'The algorithm of new signing keys: `ES256`, `RS256`, `PS256` or `HS256`.',
    defaultOf: () => 'ES256',
  },
  DATABASE_URL: {
    text: 'The PostgreSQL of the server. Outside production the embedded PostgreSQL of `packages/dev-postgres` is started where it is missing.',
  },
  DATABASE_POOL_SIZE: {
    text: 'The most connections of one instance to the database. The change feed has one more of its own.',
    defaultOf: ({ database }) => String(database.poolSize),
  },
  DATABASE_WAIT_SECONDS: {
    text: 'Seconds that a start waits for a database that is away or has no connection left. Then it ends, for a supervisor to decide.',
    defaultOf: ({ database }) => String(database.waitSeconds),
  },
  DATABASE_SCHEMA: {
    text: 'The schema of the tables of Portcullis.',
    defaultOf: ({ database }) => database.schema,
  },
  DATABASE_POOLER: {
    text: '`transaction` where a pooler in transaction mode stands in front of PostgreSQL. It refuses startup parameters, so set `statement_timeout`, `lock_timeout` and `idle_in_transaction_session_timeout` on the role there, and give `DATABASE_LISTEN_URL`.',
    defaultOf: ({ database }) => database.pooler,
  },
  DATABASE_LISTEN_URL: {
    text: 'A direct connection for the change feed, which must reach the primary. When left out the feed connects as the pool does.',
  },
  REDIS_URL: {
    text: 'A Redis in which all instances count requests together, for example `rediss://user:password@host:6379/0`. When left out, or while it is away, each instance counts alone.',
  },
  SESSION_LIMIT: {
    text: 'What a login does where an account has `SESSIONS_PER_ACCOUNT` sessions: `end_oldest` or `refuse`.',
    defaultOf: () => 'end_oldest',
  },
  SESSION_SAME_SITE: {
    text: '`SameSite` of the session cookie: `Strict` or `Lax`. See [browser-sessions.md](browser-sessions.md).',
    defaultOf: () => 'Strict',
  },
  TENANT_SOURCE: {
    text: 'Where a request names its tenant, by id or key: `header`, `subdomain`, or `claim` (only the session does).',
    defaultOf: ({ auth }) => auth.tenancy?.source ?? 'claim',
  },
  TENANT_HEADER: {
    text: 'The header that names the tenant, with `TENANT_SOURCE=header`.',
    defaultOf: () => 'x-tenant-id',
  },
  TENANT_DOMAIN: {
    text: 'The domain above the tenants, with `TENANT_SOURCE=subdomain`: `acme.app.example.org` acts in the tenant `acme` when it is `app.example.org`.',
  },
  SMTP_URL: {
    text: 'The mail server: `smtps://user:password@host` or `smtp://…` (with STARTTLS; without TLS on the loopback only), percent-encoded. When left out, production sends no mail and development prints it. See [notifications.md](notifications.md).',
  },
  MAIL_FROM: {
    text: 'The sender of every mail, such as `Example <auth@example.org>`. Required where `SMTP_URL` is set in production.',
  },
  ACCOUNT_URL: {
    text: 'The page where people change their password and end their sessions; mails name it.',
  },
  PORTCULLIS_SECRETS: {
    text: 'The secrets of the deployment, separated by commas, the current one first. Outside production one is generated once and kept in the data directory.',
  },
  PORTCULLIS_PEPPERS: {
    text: 'The peppers of the password hashes as `version:secret`, separated by commas, the current one first. Outside production one is generated once and kept in the data directory.',
  },
  RESOURCE_SERVERS: {
    text: 'Foreign resource servers that may ask about tokens at `/auth/introspect`, as `clientId:secret`, separated by commas. A client that changes its secret stands twice, the current one first.',
  },
  PORTCULLIS_DATA_DIRECTORY: {
    text: 'Where development keeps its generated secrets (mode 0600) and the embedded PostgreSQL. Production does not use it.',
    defaultOf: () => '.data',
  },
  PORTCULLIS_ADMIN_EMAIL: {
    text: 'The address of the first administrator, whom the first start on an empty database makes.',
    defaultOf: ({ administrator }) => administrator.email,
  },
  PORTCULLIS_ADMIN_PASSWORD: {
    text: 'The password of the first administrator, used exactly as given. When left out one is generated and printed once. Later starts ignore it.',
  },
  DRAIN_SECONDS: {
    text: 'Seconds that a stopping server says at `/health/ready` that it is not ready and serves on, before it takes no new connections. Longer than a balancer needs to notice: the interval of its probes times the failures that it wants to see.',
    defaultOf: ({ drainSeconds }) => String(drainSeconds),
  },
  LOG_LEVEL: {
    text: 'How much is written to the log. `log` has one line for each answer of `/auth` and `/admin`; no level writes a secret.',
    defaultOf: ({ logLevel }) => logLevel,
  },
  METRICS_PORT: {
    text: 'A second port that serves `GET /metrics` in the format of Prometheus and asks for no credential; 0 lets the operating system choose. Without it nothing is measured. See [telemetry.md](telemetry.md).',
  },
  METRICS_HOST: {
    text: 'The address that the port of the metrics listens on.',
    defaultOf: () => '127.0.0.1',
  },
  SHUTDOWN_SECONDS: {
    text: 'Seconds that a shutdown waits for requests under way, once it has drained.',
    defaultOf: ({ shutdownSeconds }) => String(shutdownSeconds),
  },
};
