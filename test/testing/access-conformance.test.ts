import { Logger } from '@nestjs/common';
import { accessConformance } from '../../src/testing/testing';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { graphqlHost, httpHost, rpcHost, SOCKET_LIBRARIES, socketHost } from './conformance-hosts';

let database: TestDatabase;

beforeAll(async () => {
  database = await cloneDatabase();
});

beforeEach(() => {
  jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
});

afterEach(() => jest.restoreAllMocks());

afterAll(() => database.drop());

const settings = { database: () => database };

const HOSTS = [
  httpHost('express', settings),
  httpHost('fastify', settings),
  graphqlHost(settings),
  ...SOCKET_LIBRARIES.map((library) => socketHost(library, settings)),
  rpcHost(settings),
];

it('asks a good number of questions', () => {
  expect(HOSTS).toHaveLength(6);
  for (const host of HOSTS) expect(accessConformance(host).length).toBeGreaterThanOrEqual(49);
});

describe.each(HOSTS)('AZ-1, AZ-12: declarations compose on $name', (host) => {
  for (const { name, run } of accessConformance(host)) {
    it(name, run, 120_000);
  }
});
