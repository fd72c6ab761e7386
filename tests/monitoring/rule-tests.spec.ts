import { TEST_FILES } from './rule-files.js';
import { describeWith, run } from './tools.js';

describeWith(['promtool'], 'Prometheus evaluates the rules', () => {
  it.each(TEST_FILES)('each rule behaves as %s specifies', (path) => {
    const { status, output } = run('promtool', ['test', 'rules', path]);
    expect({ status, output }).toMatchObject({ status: 0 });
  });
});
