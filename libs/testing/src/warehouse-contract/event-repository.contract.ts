import { describeClaiming } from './claiming.contract.js';
import type { ContractEngine } from './fixture.js';
import { describeOpening } from './opening.contract.js';
import { describeOwnership } from './ownership.contract.js';
import { describeWriting } from './writing.contract.js';

/** Verifies what the pipeline relies on in an adapter of the port EventRepository. For specs: uses Jest's globals. */
export function describeEventRepositoryContract(name: string, engine: ContractEngine): void {
  describe(`${name} as an event repository`, () => {
    describeOpening(engine);
    describeClaiming(engine);
    describeWriting(engine);
    describeOwnership(engine);
  });
}
