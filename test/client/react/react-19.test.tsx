/** @jest-environment ./test/client/react/browser-environment.ts */
import { version } from 'react';
import { describeDialogs } from './dialogs.suite';
import { describeGates } from './gates.suite';
import { describeHydration } from './hydration.suite';
import { describeProvider } from './provider.suite';

describe('with the newest React', () => {
  it('runs with that', () => expect(version).toMatch(/^19\./));

  describeProvider();
  describeGates();
  describeDialogs();
  describeHydration();
});
