import type { ConsumerStatus } from '#kafka';
import { faultText, type Fault, type PipelineStatus } from '#pipeline';

/** Something that keeps the service from doing its work. */
export interface Problem {
  text: string;
  /** Normal trouble that may pass by itself: it counts when it lasts. */
  isPassing: boolean;
}

export interface ReadinessInput {
  waitingFor: Fault[];
  isStarted: boolean;
  consumer: ConsumerStatus;
  pipeline: PipelineStatus;
}

/** Everything that speaks against readiness now. Looks at what is known; asks neither Kafka nor the warehouse. */
export function problems({ waitingFor, isStarted, consumer, pipeline }: ReadinessInput): Problem[] {
  const found: Problem[] = waitingFor.map((fault) => ({ text: faultText(fault), isPassing: false }));
  if (!isStarted)
    return found.length > 0 ? found : [{ text: 'the start-up checks have not passed yet', isPassing: false }];
  if (pipeline.failure !== null) found.push({ text: pipeline.failure, isPassing: false });
  if (pipeline.isDraining) found.push({ text: 'the service is stopping', isPassing: false });
  if (pipeline.heldDeadLetters !== null) found.push({ text: pipeline.heldDeadLetters, isPassing: false });
  found.push(...pipeline.blocked.map((text) => ({ text, isPassing: false })));
  if (consumer.fault !== null) found.push(fromFault(consumer.fault.fault));
  if (pipeline.fault !== null) found.push(fromFault(pipeline.fault.fault));
  if (!consumer.isJoined) found.push({ text: 'the consumer has not joined its group', isPassing: true });
  else if (!pipeline.isReading && pipeline.blocked.length === 0) {
    found.push({ text: 'the checkpoints of the assigned partitions are not read yet', isPassing: true });
  }
  return found;
}

function fromFault(fault: Fault): Problem {
  return { text: faultText(fault), isPassing: fault.class === 'transient' };
}
