import TestSequencer from '@jest/test-sequencer';

const PROJECTS = ['long', 'system', 'simulation', 'engines', 'unit'];

/** Starts the slowest files first; without timings, projects that start processes come first. */
export default class Sequencer extends TestSequencer {
  sort(tests) {
    const rank = (test) => PROJECTS.indexOf(test.context.config.displayName?.name);
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
}
