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
  it('finds none while events get through', () => {
    expect(problems(READY)).toEqual([]);
  });

  it.each<[string, ReadinessInput, NotReadyReason, string, boolean]>([
    [
      'the start waits',
      { ...READY, isStarted: false, waitingFor: [TRANSIENT] },
      'starting',
      'the warehouse is away (503)',
      false,
    ],
    [
      'the start goes on',
      { ...READY, isStarted: false },
      'starting',
      'the start-up checks have not passed yet',
      false,
    ],
    [
      'it drains',
      { ...READY, pipeline: { ...pipeline, isDraining: true } },
      'stopping',
      'the service is stopping',
      false,
    ],
    [
      'it has ended',
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
      'too much is dead-lettered',
      { ...READY, pipeline: { ...pipeline, heldDeadLetters: 'The dead-letter limit is reached' } },
      'dead_letter_limit',
      'The dead-letter limit is reached',
      false,
    ],
    [
      'the warehouse is away',
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
      'a write does not come back',
      { ...READY, pipeline: { ...pipeline, writerBusyMs: 31_000 } },
      'warehouse',
      'one try to write a batch has taken 31 s',
      false,
    ],
    [
      'the consumer does nothing',
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
      'Kafka has not answered for some seconds',
      { ...READY, consumer: { ...consumer, unansweredMs: 6_000 } },
      'kafka',
      'Kafka does not answer the consumer, which goes on waiting and trying',
      true,
    ],
    [
      'Kafka does not answer for longer, though each request that is given up is a sign of life',
      { ...READY, consumer: { ...consumer, unansweredMs: 31_000 } },
      'kafka',
      'Kafka does not answer the consumer, which goes on waiting and trying',
      false,
    ],
    [
      "the logs' ends are not known",
      { ...READY, logsFault: TRANSIENT },
      'log_ends',
      'the warehouse is away (503)',
      true,
    ],
    [
      'checkpoints are not read',
      { ...READY, pipeline: { ...pipeline, isReading: false } },
      'assignment',
      'the checkpoints of the assigned partitions are not read yet',
      true,
    ],
  ])('says so when %s', (_, input, reason, text, isPassing) => {
    expect(problems(input)).toEqual([{ reason, text, isPassing }]);
  });
});
