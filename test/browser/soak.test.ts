import { violationsIn } from '../support/invariants';
import { Seeded } from '../support/seeded';
import { nextStep } from './soak-steps';
import { SoakWorld } from './soak-world';
import { accountOf, describeOnStage, TABS } from './stage';

/** How long the random steps go on; an odd half minute is allowed for the last of them. */
const SECONDS = Number(process.env['SOAK_SECONDS'] ?? 300);
const PEOPLE = 3;
const LATENCY_MS = 120;
const REMEMBERED_STEPS = 25;

describeOnStage(
  'ten tabs of a person who does everything at once',
  (stage) => {
    it(
      `are never signed out by a race, shown as somebody else or taken for a thief, for ${SECONDS} s`,
      async () => {
        const random = new Seeded('soak', 'SOAK_SEED');
        const people = (await stage.people(PEOPLE)).map((person) => ({
          account: accountOf(person),
          accountId: person.accountId,
          assignmentId: undefined,
        }));
        stage.site.latencyMs = LATENCY_MS;
        const world = new SoakWorld(stage, random, people);
        while (world.pages.length < TABS) await world.open();
        await world.signIn(world.pages[0]!, people[0]!);

        const taken: string[] = [];
        const end = performance.now() + SECONDS * 1000;
        while (performance.now() < end) {
          const step = nextStep(world);
          taken.push(step.title);
          try {
            await step.take(world);
            await world.expectTruth();
          } catch (error) {
            const last = taken.slice(-REMEMBERED_STEPS).join('\n');
            throw new Error(`SOAK_SEED=${random.seed}, step ${taken.length}:\n${last}`, {
              cause: error,
            });
          }
        }

        const rotations = await stage.site.audited('session_renewed');
        const grace = await stage.site.audited('authn_token_grace');
        const sessions = await stage.site.audited('authn_login_success');
        process.stdout.write(
          `soak: ${SECONDS} s, ${taken.length} steps, ${new Set(taken).size} kinds; ` +
            `${stage.site.count('/auth/refresh')} refreshes, ${rotations} rotations, ${grace} by the grace, ` +
            `${sessions} sign-ins, 0 sessions lost\n`,
        );
        expect(await violationsIn(stage.site.databaseUrl)).toEqual([]);
      },
      (SECONDS + 120) * 1000,
    );
  },
  // Short lives and often another token, so that there is much that can go wrong.
  { ACCESS_TOKEN_SECONDS: '30', ROTATE_MIN_INTERVAL_SECONDS: '3' },
);
