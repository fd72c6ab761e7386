import { describeClaiming, describeOwnership } from '#testing/warehouse-contract';
import { fakesnowFor } from '../support/fakesnow.js';
import { itIsSkippedWithout } from '../support/optional.js';
import { engineOn } from './fakesnow-engine.js';

const fakesnow = await fakesnowFor('the checkpoints of the Snowflake adapter');

if (fakesnow === null) {
  itIsSkippedWithout('Python');
} else {
  afterAll(() => fakesnow.stop());

  describe.each([
    ['one table', 1],
    ['three tables', 3],
  ])('Snowflake (fakesnow) with %s of checkpoints', (_, checkpointTables) => {
    describeClaiming(engineOn(fakesnow, checkpointTables));
    describeOwnership(engineOn(fakesnow, checkpointTables));
  });
}
