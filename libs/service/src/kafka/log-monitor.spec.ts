import { FaultError, PipelineObservers, type Fault, type IngestionPipeline } from '#pipeline';
import type { KafkaSettings } from '#settings';
import { eventually, RecordingObserver } from '#testing';
import { LogMonitor } from './log-monitor.js';

const GONE: Fault = { class: 'setup', code: 'UNKNOWN_TOPIC', message: 'no such topic', remedy: 'Create it' };

describe('LogMonitor', () => {
  let observer: RecordingObserver;
  let look: () => Promise<void>;
  let monitor: LogMonitor;

  beforeEach(() => {
    observer = new RecordingObserver();
    look = async () => undefined;
    const pipeline = { observeLogs: () => look() } as IngestionPipeline;
    const settings = { lagIntervalMs: 1 } as KafkaSettings;
    monitor = new LogMonitor(pipeline, new PipelineObservers(observer), settings);
    monitor.start();
  });
  afterEach(() => {
    monitor.onModuleDestroy();
  });

  it('reports each failed poll, and the first one that succeeds again', async () => {
    look = () => Promise.reject(new FaultError(GONE));
    await eventually(() => observer.calls.faulted.length >= 2);
    expect(monitor.fault).toBe(GONE);
    expect(observer.calls.faulted.slice(0, 2)).toEqual([
      ['log_ends', GONE, 1, 1],
      ['log_ends', GONE, 2, 1],
    ]);
    look = async () => undefined;
    await eventually(() => observer.calls.recovered.length === 1);
    expect(monitor.fault).toBeNull();
  });

  it('reports a poll without a response long before its request times out', async () => {
    const answer = Promise.withResolvers<undefined>();
    look = () => answer.promise;
    await eventually(() => observer.calls.faulted.length === 1);
    expect(monitor.fault).toMatchObject({ class: 'transient', code: 'NO_ANSWER' });
    answer.resolve(undefined);
    await eventually(() => observer.calls.recovered.length === 1);
    expect(monitor.fault).toBeNull();
  });

  it('reports nothing that fails because the service shuts down', async () => {
    const answer = Promise.withResolvers<never>();
    const looked = Promise.withResolvers<undefined>();
    look = () => {
      looked.resolve(undefined);
      return answer.promise;
    };
    await looked.promise;
    monitor.onModuleDestroy();
    answer.reject(new FaultError(GONE));
    await answer.promise.catch(() => undefined);
    expect(observer.calls.faulted).toEqual([]);
  });
});
