import { partitionName, type Fault, type TopicPartition } from '#pipeline';

export function noPartition(at: TopicPartition): Fault {
  const message = `Kafka knows no partition ${partitionName(at)} though it is assigned`;
  return { class: 'transient', code: 'NO_PARTITION', message, remedy: null };
}

export function clockSetBack(ms: number): Fault {
  return {
    class: 'transient',
    code: 'CLOCK_SET_BACK',
    message: `The system's clock was set back by ${seconds(ms)} s, and heartbeats go by it: the consumer starts anew`,
    remedy: 'Let the time service slew the clock instead of setting it',
  };
}

/** The group has given the partitions of this member to others by now. */
export function membershipLost(ms: number): Fault {
  return {
    class: 'transient',
    code: 'MEMBERSHIP_LOST',
    message:
      `The group has not answered this consumer for ${seconds(ms)} s, longer than its session time-out, and it does ` +
      'not join again by itself: the consumer starts anew, with new connections',
    remedy:
      'Where it happens again, look at the network between this process and the broker that coordinates the group',
  };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
