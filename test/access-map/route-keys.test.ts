import { diffAccess } from '../../src/access-map/diff-access';
import { keyOf } from '../../src/access-map/route-keys';
import { lockOf, route } from './locks';

const keyAt = (name: string): string => keyOf(route({ name }));

/** Every way to name a parameter that the router takes. */
const NAMES = [
  'key',
  '_id',
  '$id',
  'größe',
  'ключ',
  '名前',
  'a\u200cb',
  'x9$',
  '𝒳𝒴',
  '"my-id"',
  '"a/b:c*d"',
  '"a\\"b"',
  '"\\\\"',
];

describe('the key of a route', () => {
  it.each(NAMES)('AZ-1: does not tell a parameter or wildcard by its name: %s', (name) => {
    for (const sign of [':', '*']) {
      const path = `/things/${sign}${name}/rest`;
      expect(keyAt(path)).toBe(keyAt(`/things/${sign}id/rest`));
    }
  });

  it('AZ-1: sees a weaker handler registered before a stricter one, whatever its parameter is called', () => {
    const strict = route({ name: '/things/:id', needs: { permissions: ['a'] } });
    for (const name of NAMES) {
      const weak = route({ name: `/things/:${name}`, controller: 'WeakController' });
      expect(diffAccess(lockOf([strict]), lockOf([weak, strict]))).toContainEqual(
        expect.objectContaining({ widens: true }),
      );
    }
  });

  it('tells text, parameters and wildcards apart, and what is escaped from what is not', () => {
    const paths = [
      '/a/b',
      '/a/:b',
      '/a/*b',
      '/a/\\:b',
      '/a/\\:c',
      '/a/:b-c',
      '/a/:b/c',
      '/a/:"b-c"d',
    ];
    expect(new Set(paths.map(keyAt)).size).toBe(paths.length);
  });

  it('does not tell one spelling of the same path from another', () => {
    expect(keyAt('/A/\\b')).toBe(keyAt('/a/b'));
    for (const name of ['/a/*', '/a/(.*)', '/a/{*path}'])
      expect(keyAt(name)).toBe(keyAt('/a/*any'));
  });
});
