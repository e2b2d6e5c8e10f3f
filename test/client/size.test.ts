import { CORE, CORE_BAR, REACT, REACT_BAR, sizeOf } from '../../bench/client-bundles';

it('the core is at most 6,144 bytes, minified and compressed', async () => {
  expect(await sizeOf(CORE)).toBeLessThanOrEqual(CORE_BAR);
});

it('the core with React bindings is at most 8,192 bytes', async () => {
  expect(await sizeOf(REACT)).toBeLessThanOrEqual(REACT_BAR);
});
