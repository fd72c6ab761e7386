import { partitionName, type Fault, type TopicPartition } from '#pipeline';

export function noPartition(at: TopicPartition): Fault {
  const message = `Kafka has no partition ${partitionName(at)}, although it is assigned to this consumer`;
  return { class: 'transient', code: 'NO_PARTITION', message, remedy: null };
}

export function clockSetBack(ms: number): Fault {
  return {
    class: 'transient',
    code: 'CLOCK_SET_BACK',
    message: `The system clock was set back by ${seconds(ms)} s, which delays heartbeats: the consumer restarts`,
    remedy: 'Let the time service slew the clock instead of setting it',
  };
}

/** After this, the group has given this member's partitions to others. */
export function membershipLost(ms: number): Fault {
  return {
    class: 'transient',
    code: 'MEMBERSHIP_LOST',
    message:
      `The group has not acknowledged a heartbeat of this consumer for ${seconds(ms)} s, longer than the session ` +
      'time-out, and the consumer does not rejoin by itself: it restarts with new connections',
    remedy:
      'If it happens again, check the network between this process and the broker that coordinates the group',
  };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
