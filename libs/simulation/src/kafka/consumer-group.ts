import type { ScheduledEvent, SimulatedProcess } from '../time/simulated-process.js';
import { theWorld } from '../time/world.js';
import { brokerError } from './kafkajs-inside.js';
import { CommittedOffsets } from './committed-offsets.js';
import { newMember, NO_BYTES, type Member } from './group-member.js';
import type { CommitRequest, HeartbeatRequest, JoinRequest, Reply, SyncRequest } from './group-requests.js';

/** How long the coordinator of an empty group waits for more members: group.initial.rebalance.delay.ms. */
const FIRST_DELAY_MS = 3_000;
const SYNC_TIMEOUT_MS = 60_000;

/** A consumer group as managed by its coordinator: https://kafka.apache.org/protocol#The_Messages_JoinGroup */
export class ConsumerGroup {
  generation = 0;
  readonly offsets = new CommittedOffsets();
  #state: 'empty' | 'preparing' | 'completing' | 'stable' = 'empty';
  readonly #members = new Map<string, Member>();
  #leader: string | null = null;
  #timer: ScheduledEvent | null = null;
  #waitUntil = 0;
  #ids = 0;

  hasMember(process: SimulatedProcess): boolean {
    return [...this.#members.values()].some((member) => member.process === process);
  }

  /** Whether the process waits for the other members to join. */
  isJoining(process: SimulatedProcess): boolean {
    return [...this.#members.values()].some((member) => member.process === process && member.join !== null);
  }

  join(request: JoinRequest, reply: Reply): void {
    const [protocol] = request.groupProtocols;
    const member = request.memberId === '' ? this.#newMember() : this.#members.get(request.memberId);
    if (member === undefined || protocol === undefined) {
      reply(brokerError('UNKNOWN_MEMBER_ID'));
      return;
    }
    const isSame = member.metadata.equals(protocol.metadata);
    const { sessionTimeout, rebalanceTimeout } = request;
    Object.assign(member, {
      sessionTimeout,
      rebalanceTimeout,
      protocol: protocol.name,
      metadata: protocol.metadata,
    });
    const isSettled =
      (this.#state === 'stable' && isSame && member.id !== this.#leader) ||
      (this.#state === 'completing' && isSame);
    if (isSettled) {
      reply(null, this.#joined(member));
      return;
    }
    member.join?.(brokerError('REBALANCE_IN_PROGRESS'));
    member.join = reply;
    this.#touch(member);
    if (this.#state === 'preparing') this.#completeWhenAllJoined();
    else this.#prepare(this.#state === 'empty' ? FIRST_DELAY_MS : 0);
  }

  sync({ generationId, memberId, groupAssignment }: SyncRequest, reply: Reply): void {
    const member = this.#current(memberId, generationId, reply);
    if (member === null) return;
    if (this.#state === 'preparing') {
      reply(brokerError('REBALANCE_IN_PROGRESS'));
      return;
    }
    if (this.#state === 'stable') {
      reply(null, { memberAssignment: member.assignment });
      return;
    }
    member.sync = reply;
    if (memberId !== this.#leader) return;
    const assignments = new Map(groupAssignment.map((each) => [each.memberId, each.memberAssignment]));
    this.#state = 'stable';
    this.#cancelTimer();
    for (const each of this.#members.values()) {
      each.assignment = assignments.get(each.id) ?? NO_BYTES;
      const waiting = each.sync;
      each.sync = null;
      this.#touch(each);
      waiting?.(null, { memberAssignment: each.assignment });
    }
  }

  heartbeat({ memberId, groupGenerationId }: HeartbeatRequest, reply: Reply): void {
    const member = this.#current(memberId, groupGenerationId, reply);
    if (member === null) return;
    this.#touch(member);
    reply(this.#state === 'preparing' ? brokerError('REBALANCE_IN_PROGRESS') : null, {});
  }

  commit({ memberId, groupGenerationId, topics }: CommitRequest, reply: Reply): void {
    const member = this.#current(memberId, groupGenerationId, reply);
    if (member === null) return;
    if (this.#state === 'completing') {
      reply(brokerError('REBALANCE_IN_PROGRESS'));
      return;
    }
    this.#touch(member);
    for (const { topic, partitions } of topics) {
      for (const { partition, offset, metadata } of partitions) {
        this.offsets.commit({ topic, partition }, Number(offset), metadata ?? '');
      }
    }
    reply(null, {});
  }

  leave(memberId: string): void {
    const member = this.#members.get(memberId);
    if (member === undefined) return;
    this.#remove(member);
    this.#afterRemoval();
  }

  #newMember(): Member {
    this.#ids += 1;
    const member = newMember(`member-${String(this.#ids).padStart(4, '0')}`);
    this.#members.set(member.id, member);
    return member;
  }

  #current(memberId: string, generation: number, reply: Reply): Member | null {
    const member = this.#members.get(memberId);
    if (member === undefined) reply(brokerError('UNKNOWN_MEMBER_ID'));
    else if (generation !== this.generation) reply(brokerError('ILLEGAL_GENERATION'));
    else return member;
    return null;
  }

  #joined(member: Member): object {
    const isLeader = member.id === this.#leader;
    return {
      generationId: this.generation,
      groupProtocol: member.protocol,
      leaderId: this.#leader,
      memberId: member.id,
      members: isLeader
        ? [...this.#members.values()].map(({ id, metadata }) => ({ memberId: id, memberMetadata: metadata }))
        : [],
    };
  }

  #prepare(initialDelayMs = 0): void {
    for (const member of this.#members.values()) {
      member.sync?.(brokerError('REBALANCE_IN_PROGRESS'));
      member.sync = null;
    }
    this.#state = 'preparing';
    this.#waitUntil = theWorld().now + initialDelayMs;
    const longest = Math.max(
      0,
      ...[...this.#members.values()].map(({ rebalanceTimeout }) => rebalanceTimeout),
    );
    this.#setTimer(initialDelayMs > 0 ? initialDelayMs : longest, () => {
      this.#complete();
    });
    this.#completeWhenAllJoined();
  }

  #completeWhenAllJoined(): void {
    if (this.#state !== 'preparing' || theWorld().now < this.#waitUntil) return;
    if ([...this.#members.values()].every(({ join }) => join !== null)) this.#complete();
  }

  #complete(): void {
    this.#cancelTimer();
    for (const member of [...this.#members.values()]) if (member.join === null) this.#remove(member);
    this.generation += 1;
    const [first] = this.#members.keys();
    if (first === undefined) {
      this.#state = 'empty';
      return;
    }
    this.#leader ??= first;
    this.#state = 'completing';
    theWorld().tell(`the group begins generation ${this.generation} with ${this.#members.size} members`);
    for (const member of this.#members.values()) {
      const waiting = member.join;
      member.join = null;
      this.#touch(member);
      waiting?.(null, this.#joined(member));
    }
    this.#setTimer(SYNC_TIMEOUT_MS, () => {
      for (const member of [...this.#members.values()]) if (member.sync === null) this.#remove(member);
      this.#prepare();
    });
  }

  #remove(member: Member): void {
    this.#members.delete(member.id);
    if (member.session !== null) member.session.isCancelled = true;
    member.join?.(brokerError('UNKNOWN_MEMBER_ID'));
    member.sync?.(brokerError('UNKNOWN_MEMBER_ID'));
    if (this.#leader === member.id) this.#leader = null;
  }

  #afterRemoval(): void {
    if (this.#state === 'empty') return;
    if (this.#state !== 'preparing') this.#prepare();
    else if (this.#members.size > 0) this.#completeWhenAllJoined();
    else {
      this.generation += 1;
      this.#state = 'empty';
    }
  }

  /** Restarts the member's session. The group removes a member whose session runs out. */
  #touch(member: Member): void {
    if (member.session !== null) member.session.isCancelled = true;
    const world = theWorld();
    member.session = world.after(
      member.sessionTimeout,
      () => {
        // A member that waits for others sends no heartbeats.
        if (member.join !== null || member.sync !== null) {
          this.#touch(member);
          return;
        }
        world.tell(`the group forgets ${member.id} (${member.process?.name ?? 'nobody'}): no sign of life`);
        this.#remove(member);
        this.#afterRemoval();
      },
      null,
    );
  }

  #setTimer(ms: number, happen: () => void): void {
    this.#cancelTimer();
    this.#timer = theWorld().after(ms, happen, null);
  }

  #cancelTimer(): void {
    if (this.#timer !== null) this.#timer.isCancelled = true;
    this.#timer = null;
  }
}
