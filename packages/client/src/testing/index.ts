export {
  createTestAuth,
  TEST_PASSWORD,
  type TestAuth,
  type TestAuthOptions,
  type TestPerson,
} from './create-test-auth.js';
export { FakeAuthServer, type FakeAccount } from './fake-auth-server.js';
export { settle, VirtualClock } from './virtual-clock.js';
export {
  VirtualProfile,
  VirtualTab,
  type CookieJar,
  type ProfileOptions,
  type VirtualServer,
} from './virtual-profile.js';
