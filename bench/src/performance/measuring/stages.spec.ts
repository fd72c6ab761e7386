import { Histogram, Registry } from 'prom-client';
import { stagesOf } from './stages.js';

it('reads the seconds and the times of each stage that came to work, as prom-client writes them', async () => {
  const registry = new Registry();
  const histogram = new Histogram({
    name: 'stage_duration_seconds',
    help: 'Time by stage',
    labelNames: ['stage'],
    registers: [registry],
  });
  histogram.zero({ stage: 'kafka_commit' });
  histogram.observe({ stage: 'judge' }, 0.25);
  histogram.observe({ stage: 'judge' }, 0.5);
  histogram.observe({ stage: 'warehouse' }, 2);
  expect(stagesOf(await registry.metrics())).toEqual({
    judge: { seconds: 0.75, times: 2 },
    warehouse: { seconds: 2, times: 1 },
  });
});

it('knows of no stage where there is no such metric', () => {
  expect(stagesOf('# HELP up\nup 1\n')).toEqual({});
});
