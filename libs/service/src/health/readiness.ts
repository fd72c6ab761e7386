import type { ConsumerStatus } from '#kafka';
import { faultText, type Fault, type PipelineStatus } from '#pipeline';
import type { NotReadyReason } from '#telemetry';

/** Something that keeps events from getting through. */
export interface Problem {
  reason: NotReadyReason;
  text: string;
  /** Transient: it counts only if it lasts. */
  isPassing: boolean;
}

export interface ReadinessInput {
  waitingFor: Fault[];
  isStarted: boolean;
  consumer: ConsumerStatus;
  pipeline: PipelineStatus;
  /** Why the ends of the logs, and so the lag, are unknown. */
  logsFault: Fault | null;
  /** A write or a consumer without any sign of activity for longer counts as a problem, in milliseconds. */
  maxSilenceMs: number;
}

/** A Kafka response may take this long without any fault; normally there is one every second. */
const NORMAL_ANSWER_MS = 5_000;

const UNANSWERED = 'Kafka does not respond to the consumer, which keeps retrying';

/** Every current problem, from state in memory: sends no request to Kafka or the warehouse. */
export function problems({
  waitingFor,
  isStarted,
  consumer,
  pipeline,
  logsFault,
  maxSilenceMs,
}: ReadinessInput): Problem[] {
  const found: Problem[] = waitingFor.map((fault) => lasting('starting', faultText(fault)));
  if (!isStarted)
    return found.length > 0 ? found : [lasting('starting', 'the startup checks have not passed yet')];
  if (pipeline.failure !== null) found.push(lasting('failed', pipeline.failure));
  if (pipeline.isDraining) found.push(lasting('stopping', 'the service is stopping'));
  if (pipeline.heldDeadLetters !== null) found.push(lasting('dead_letter_limit', pipeline.heldDeadLetters));
  found.push(...pipeline.blocked.map((fault) => lasting('partition_held', faultText(fault))));
  if (consumer.fault !== null) found.push(fromFault('kafka', consumer.fault.fault));
  if (pipeline.fault !== null) found.push(fromFault(pipeline.fault.stage, pipeline.fault.fault));
  if (pipeline.writerBusyMs > maxSilenceMs) {
    found.push(lasting('warehouse', writeTakes(pipeline.writerBusyMs)));
  }
  if (consumer.silentMs > maxSilenceMs) found.push(lasting('kafka', consumerIsSilent(consumer.silentMs)));
  else if (consumer.unansweredMs > maxSilenceMs) found.push(lasting('kafka', UNANSWERED));
  else if (consumer.unansweredMs > NORMAL_ANSWER_MS) found.push(passing('kafka', UNANSWERED));
  if (logsFault !== null) found.push(fromFault('log_ends', logsFault));
  if (!consumer.isJoined) found.push(passing('kafka', 'the consumer has not joined its group'));
  else if (!pipeline.isReading && pipeline.blocked.length === 0) {
    found.push(passing('assignment', 'the checkpoints of the assigned partitions have not been read yet'));
  }
  return found;
}

export function writeTakes(ms: number): string {
  return `one attempt to write a batch has taken ${seconds(ms)} s`;
}

export function consumerIsSilent(ms: number): string {
  return `the Kafka consumer has done nothing for ${seconds(ms)} s`;
}

function lasting(reason: NotReadyReason, text: string): Problem {
  return { reason, text, isPassing: false };
}

function passing(reason: NotReadyReason, text: string): Problem {
  return { reason, text, isPassing: true };
}

function fromFault(reason: NotReadyReason, fault: Fault): Problem {
  return { reason, text: faultText(fault), isPassing: fault.class === 'transient' };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(0);
}
