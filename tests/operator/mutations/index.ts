import { CHECKPOINT_MUTATIONS } from './checkpoint-mutations.js';
import { DEAD_LETTER_MUTATIONS } from './dead-letter-mutations.js';
import { ROW_MUTATIONS } from './row-mutations.js';

export { AT, MUTATION_SQL } from './mutation.js';

/** Each corrupts a correct warehouse in one way. */
export const MUTATIONS = [...ROW_MUTATIONS, ...DEAD_LETTER_MUTATIONS, ...CHECKPOINT_MUTATIONS];
