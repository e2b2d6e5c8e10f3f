export {
  createTestAuth,
  TEST_PASSWORD,
  type TestAuth,
  type TestAuthOptions,
  type TestPerson,
} from './create-test-auth.js';
export { FakeAuthServer } from './fake-auth-server.js';
export type { FakeAccount } from './fake-views.js';
export { settle, VirtualClock } from './virtual-clock.js';
export {
  VirtualProfile,
  VirtualTab,
  type CookieJar,
  type ProfileOptions,
  type VirtualServer,
} from './virtual-profile.js';
