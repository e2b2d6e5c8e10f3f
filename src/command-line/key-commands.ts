import type { Command } from 'commander';
import { KeysService } from '../keys/keys.service';
import type { SigningKeyRecord } from '../keys/signing-key-record';
import { JWKS_MAX_AGE_SECONDS } from '../options/signing-key-options';
import { withApplication } from './application';
import { print, sourceOf } from './global-options';
import type { Terminal } from './terminal';

/** What a rotation at once costs. */
const COST = `Foreign servers that keep the key set may refuse its tokens until their copy is out of date, at most ${JWKS_MAX_AGE_SECONDS} s.`;

/** The keys that sign access tokens. */
export function addKeyCommands(program: Command, terminal: Terminal): void {
  program
    .command('keys:list')
    .description('list the keys that sign access tokens, the newest first')
    .action(async (_options: object, command: Command) => {
      const keys = await withKeys(command, terminal, (service) => service.list());
      print(command, terminal, { text: keys.map(lineOf).join('\n'), json: { keys } });
    });

  program
    .command('keys:rotate')
    .description('publish the key that will replace the current one')
    .option('--now', 'let it sign at once, before foreign servers know it')
    .action(async ({ now }: { readonly now?: boolean }, command: Command) => {
      const key = await withKeys(command, terminal, (service) => service.rotate({}, { now }));
      const text = key.status === 'next' ? lineOf(key) : `${lineOf(key)}\n${COST}`;
      print(command, terminal, { text, json: key });
    });

  program
    .command('keys:revoke')
    .description('refuse whatever a key has signed, within a second; another one signs at once')
    .argument('<kid>', 'the key, as keys:list names it')
    // The name of a key may begin like an option.
    .allowUnknownOption()
    .action(async (kid: string, _options: object, command: Command) => {
      const key = await withKeys(command, terminal, (service) => service.revoke(kid, {}));
      const text = `${lineOf(key)}\nIts access tokens are refused here, and clients refresh. Foreign servers that keep the key set accept them for at most ${JWKS_MAX_AGE_SECONDS} s longer.`;
      print(command, terminal, { text, json: key });
    });
}

function withKeys<Result>(
  command: Command,
  terminal: Terminal,
  work: (keys: KeysService) => Promise<Result>,
): Promise<Result> {
  return withApplication(sourceOf(command, terminal), (app) =>
    work(app.get(KeysService, { strict: false })),
  );
}

function lineOf(key: SigningKeyRecord): string {
  return `${key.kid}  ${key.algorithm}  ${key.status.padEnd(7)}  ${timeOf(key)}`;
}

function timeOf({ status, activatesAt, activatedAt, retiredAt, verifiesUntil }: SigningKeyRecord) {
  const times = {
    next: `signs from ${printTime(activatesAt)}`,
    current: `signs since ${printTime(activatedAt)}`,
    retired: `verifies until ${printTime(verifiesUntil)}`,
    revoked: `signed until ${printTime(retiredAt)}`,
  };
  return times[status];
}

function printTime(time: Date | null): string {
  return time?.toISOString() ?? 'an unknown time';
}
