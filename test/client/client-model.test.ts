import fc from 'fast-check';
import type { ProfileOptions } from '@portcullis/client/testing';
import { steps, type Model } from './client-steps';
import { Watch } from './client-watch';
import { ALICE, World } from './client-world';

interface Setting extends Pick<Model, 'transport'> {
  readonly title: string;
  readonly without: ProfileOptions['without'];
}

/** Two tabs, and somebody who is signed in: what comes first in most cases need not be drawn. */
async function begin(transport: Model['transport'], world: World) {
  const real = { world, watch: new Watch(world) };
  for (let tab = 0; tab < 2; tab += 1)
    await world.open({ transport }, (page) => real.watch.begin(page));
  await world.done(world.pages[0]!.auth.login(ALICE));
  await world.pass(3000);
  const model: Model = { transport, signedIn: ALICE.email, tabs: 2, online: true };
  return { model, real };
}

describe('whatever people do in several tabs', () => {
  it.each<Setting>([
    { title: 'tokens, with locks and a channel', transport: 'cookie', without: [] },
    { title: 'tokens, without locks', transport: 'cookie', without: ['locks'] },
    { title: 'a session in the cookie alone', transport: 'session', without: [] },
  ])(
    'nobody is shown as another, signed out by a race, or taken for a thief: $title',
    async ({ transport, without }) => {
      const commands = fc.commands([...steps], { maxCommands: 25, size: 'max' });
      const start = () => begin(transport, new World({ without }));
      await fc.assert(
        fc.asyncProperty(commands, (drawn) => fc.asyncModelRun(start, drawn)),
        { numRuns: 150 },
      );
    },
    120_000,
  );
});
