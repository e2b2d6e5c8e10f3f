import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CORE,
  CORE_BAR,
  REACT,
  REACT_BAR,
  SERVER,
  sizeOf,
  TESTING,
  type Bundle,
} from './client-bundles';
import type { Row } from './measure';

/** What an application of each peer imports to sign somebody in. */
const PEERS: readonly Peer[] = [
  { name: 'better-auth', from: 'better-auth/client', export: 'createAuthClient' },
  { name: 'oidc-client-ts', from: 'oidc-client-ts', export: 'UserManager' },
  { name: '@supabase/auth-js', from: '@supabase/auth-js', export: 'AuthClient' },
  { name: '@auth0/auth0-spa-js', from: '@auth0/auth0-spa-js', export: 'createAuth0Client' },
  { name: '@azure/msal-browser', from: '@azure/msal-browser', export: 'PublicClientApplication' },
];

interface Peer {
  readonly name: string;
  readonly from: string;
  readonly export: string;
}

/** Bytes of the client, minified and compressed, beside those of clients of other makers. */
export async function clientSize(): Promise<Row[]> {
  return [
    await row('`@portcullis/client`', CORE, CORE_BAR, '`createAuthClient`'),
    await row('`@portcullis/client` with `./react`', REACT, REACT_BAR, 'React left out'),
    await row('`@portcullis/client/server`', SERVER, undefined, 'runs on a server'),
    await row('`@portcullis/client/testing`', TESTING, undefined, 'runs in tests'),
    ...(await Promise.all(PEERS.map(peer))),
  ];
}

function peer({ name, from, export: exported }: Peer): Promise<Row> {
  const bundle = { source: `export { ${exported} } from '${from}'`, folder: __dirname };
  return row(`\`${name}\` ${version(name)}`, bundle, undefined, `\`${exported}\``);
}

async function row(what: string, bundle: Bundle, bar?: number, detail = ''): Promise<Row> {
  const bytes = await sizeOf(bundle);
  const limit = bar === undefined ? 'none' : `≤ ${format(bar)}`;
  return {
    what,
    reached: `${format(bytes)} bytes`,
    bar: limit,
    detail,
    missed: bytes > (bar ?? bytes),
  };
}

function format(bytes: number): string {
  return bytes.toLocaleString('en');
}

function version(name: string): string {
  const { devDependencies } = JSON.parse(readFileSync(join(__dirname, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  return devDependencies[name]!;
}
