import fc from 'fast-check';
import { lastListed } from './last-key.js';

const PAGE = 10;

describe('lastListed', () => {
  it('finds the last object among any number of them, at any offsets', async () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(gaps, async (distances) => {
        let offset = 0;
        const offsets = distances.map((distance) => (offset += distance));
        let requests = 0;
        const found = await lastListed(
          async (after) => {
            requests += 1;
            const following = offsets.filter((each) => each > (after ?? -1));
            return { objects: following.slice(0, PAGE), isTruncated: following.length > PAGE };
          },
          (each) => each,
        );
        expect(found).toBe(offsets.at(-1) ?? null);
        expect(requests).toBeLessThan(70);
      }),
    );
  });

  it('takes a dozen requests for a year of objects', async () => {
    const count = 525_600;
    let requests = 0;
    const last = await lastListed(
      async (after) => {
        requests += 1;
        const from = after === null ? 0 : Math.floor(after / 3_000) + 1;
        const objects = Array.from(
          { length: Math.min(1_000, count - from) },
          (_, index) => (from + index) * 3_000,
        );
        return { objects, isTruncated: from + 1_000 < count };
      },
      (each) => each,
    );
    expect(last).toBe((count - 1) * 3_000);
    expect(requests).toBeLessThan(25);
  });
});
