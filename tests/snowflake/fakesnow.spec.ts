import { describeOpening, describeWriting, Fixture, stored, TOPIC } from '#testing/warehouse-contract';
import { fakesnowFor } from '../support/fakesnow.js';
import { itIsSkippedWithout } from '../support/optional.js';
import { engineOn } from './fakesnow-engine.js';

const fakesnow = await fakesnowFor('the Snowflake adapter');

if (fakesnow === null) {
  itIsSkippedWithout('Python');
} else {
  afterAll(() => fakesnow.stop());

  // The rest of the contract takes minutes on this engine; see fakesnow-checkpoints.spec.ts.
  describe('Snowflake (fakesnow) as an event repository', () => {
    describeOpening(engineOn(fakesnow));
    describeWriting(engineOn(fakesnow));

    describe('the checkpoint as a fence', () => {
      const fixture = new Fixture(engineOn(fakesnow, 2));

      it('lets only one of two owners store a range, and the other continue from there', async () => {
        const owners = [await fixture.open(), await fixture.open()] as const;
        const start = { topic: TOPIC, partition: 0, startOffset: 0 };
        for (const owner of owners) await owner.claim([start]);

        expect(await owners[0].write(stored(0, 2))).toMatchObject({ kind: 'stored' });
        expect(await owners[1].write(stored(0, 3))).toMatchObject({
          kind: 'stale',
          checkpoints: [{ partition: 0, nextOffset: 2 }],
        });

        expect(await owners[1].claim([start])).toMatchObject([{ nextOffset: 2, stored: 2 }]);
        expect(await owners[1].write(stored(2, 3))).toMatchObject({ kind: 'stored' });
        expect((await fixture.events()).map(({ metadata }) => metadata['offset'])).toEqual([0, 1, 2]);
      });
    });
  });
}
