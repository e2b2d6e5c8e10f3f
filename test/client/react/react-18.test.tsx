/** @jest-environment ./test/client/react/browser-environment.ts */
import { version } from 'react';
import { describeDialogs } from './dialogs.suite';
import { describeGates } from './gates.suite';
import { describeHydration } from './hydration.suite';
import { describeProvider } from './provider.suite';

jest.mock('react', () => jest.requireActual('../../react-18/node_modules/react'));
jest.mock('react/jsx-runtime', () =>
  jest.requireActual('../../react-18/node_modules/react/jsx-runtime'),
);
jest.mock('react-dom/client', () =>
  jest.requireActual('../../react-18/node_modules/react-dom/client'),
);
jest.mock('react-dom/server', () =>
  jest.requireActual('../../react-18/node_modules/react-dom/server'),
);

describe('with the oldest React', () => {
  it('runs with that', () => expect(version).toMatch(/^18\.3\./));

  describeProvider();
  describeGates();
  describeDialogs();
  describeHydration();
});
