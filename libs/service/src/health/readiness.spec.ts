import type { ConsumerStatus } from '#kafka';
import type { Fault, PipelineStatus } from '#pipeline';
import type { NotReadyReason } from '#telemetry';
import { problems, type ReadinessInput } from './readiness.js';

const TRANSIENT: Fault = { class: 'transient', code: '503', message: 'the warehouse is away', remedy: null };
const SETUP: Fault = { class: 'setup', code: '003001', message: 'no privilege', remedy: 'Grant INSERT' };
const HELD: Fault = {
  class: 'setup',
  code: 'TOPIC_LOST_PAST',
  message: 't-0 lost its past',
  remedy: 'Restore it',
};
const consumer: ConsumerStatus = { isJoined: true, unansweredMs: 0, silentMs: 0, fault: null };
const pipeline: PipelineStatus = {
  generation: 1,
  assignedPartitions: 6,
  isReading: true,
  isDraining: false,
  fault: null,
  blocked: [],
  heldDeadLetters: null,
  writerBusyMs: 0,
  failure: null,
};
const READY: ReadinessInput = {
  isStarted: true,
  waitingFor: [],
  consumer,
  pipeline,
  logsFault: null,
  maxSilenceMs: 30_000,
};

describe('problems', () => {
  it('returns none while events get through', () => {
    expect(problems(READY)).toEqual([]);
  });

  it.each<[string, ReadinessInput, NotReadyReason, string, boolean]>([
    [
      'the startup waits',
      { ...READY, isStarted: false, waitingFor: [TRANSIENT] },
      'starting',
      'the warehouse is away (503)',
      false,
    ],
    [
      'the startup is still in progress',
      { ...READY, isStarted: false },
      'starting',
      'the startup checks have not passed yet',
      false,
    ],
    [
      'the service drains',
      { ...READY, pipeline: { ...pipeline, isDraining: true } },
      'stopping',
      'the service is stopping',
      false,
    ],
    [
      'the pipeline has failed',
      { ...READY, pipeline: { ...pipeline, failure: 'Error: bug' } },
      'failed',
      'Error: bug',
      false,
    ],
    [
      'a partition is held',
      { ...READY, pipeline: { ...pipeline, isReading: false, blocked: [HELD] } },
      'partition_held',
      't-0 lost its past (TOPIC_LOST_PAST). Restore it',
      false,
    ],
    [
      'the dead-letter limit is reached',
      { ...READY, pipeline: { ...pipeline, heldDeadLetters: 'The dead-letter limit is reached' } },
      'dead_letter_limit',
      'The dead-letter limit is reached',
      false,
    ],
    [
      'the warehouse is unavailable',
      { ...READY, pipeline: { ...pipeline, fault: { stage: 'warehouse', fault: TRANSIENT, ageMs: 1 } } },
      'warehouse',
      'the warehouse is away (503)',
      true,
    ],
    [
      'a privilege is missing',
      { ...READY, pipeline: { ...pipeline, fault: { stage: 'warehouse', fault: SETUP, ageMs: 1 } } },
      'warehouse',
      'no privilege (003001). Grant INSERT',
      false,
    ],
    [
      'a write does not return',
      { ...READY, pipeline: { ...pipeline, writerBusyMs: 31_000 } },
      'warehouse',
      'one attempt to write a batch has taken 31 s',
      false,
    ],
    [
      'the consumer is silent',
      { ...READY, consumer: { ...consumer, silentMs: 45_000 } },
      'kafka',
      'the Kafka consumer has done nothing for 45 s',
      false,
    ],
    [
      'the group is not joined',
      { ...READY, consumer: { ...consumer, isJoined: false } },
      'kafka',
      'the consumer has not joined its group',
      true,
    ],
    [
      'Kafka has not responded for some seconds',
      { ...READY, consumer: { ...consumer, unansweredMs: 6_000 } },
      'kafka',
      'Kafka does not respond to the consumer, which keeps retrying',
      true,
    ],
    [
      'Kafka does not respond for longer, although each timed-out request counts as activity',
      { ...READY, consumer: { ...consumer, unansweredMs: 31_000 } },
      'kafka',
      'Kafka does not respond to the consumer, which keeps retrying',
      false,
    ],
    [
      'the ends of the logs are unknown',
      { ...READY, logsFault: TRANSIENT },
      'log_ends',
      'the warehouse is away (503)',
      true,
    ],
    [
      'checkpoints have not been read',
      { ...READY, pipeline: { ...pipeline, isReading: false } },
      'assignment',
      'the checkpoints of the assigned partitions have not been read yet',
      true,
    ],
  ])('reports that %s', (_, input, reason, text, isPassing) => {
    expect(problems(input)).toEqual([{ reason, text, isPassing }]);
  });
});
