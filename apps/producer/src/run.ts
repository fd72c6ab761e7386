import { setTimeout as sleep } from 'node:timers/promises';
import type { ProducerArguments } from './arguments.js';
import { BrokerError, KafkaSink } from './kafka-sink.js';
import { produce } from './produce.js';
import type { Clock } from './produce.js';
import { Progress } from './progress.js';
import { AcknowledgementCounter } from './acknowledgement-counter.js';
import { Traffic } from '#traffic';

const REPORT_INTERVAL_MS = 250;
/** How long the messages under way may still be acknowledged after a signal. */
const FLUSH_TIMEOUT_MS = 10_000;

const CLOCK: Clock = {
  now: () => performance.now(),
  sleep: async (milliseconds, signal) => {
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  },
};

/** Produces events and returns the exit code. Reports go to stdout, messages for people to stderr. */
export async function run(args: ProducerArguments): Promise<number> {
  const { topic, seed, rate, count, bootstrapServers } = args;
  const signal = stopSignal();
  const sink = new KafkaSink(topic, bootstrapServers);
  const unreachable = await brokerErrorOf(sink.connect());
  if (unreachable !== null) {
    await sink.disconnect();
    process.stderr.write(`${unreachable.message}\n`);
    return 1;
  }

  const counter = new AcknowledgementCounter();
  const traffic = new Traffic(args);
  const startedAt = CLOCK.now();
  const seconds = () => (CLOCK.now() - startedAt) / 1000;
  const report = (done: boolean) => {
    process.stdout.write(`${JSON.stringify(counter.report({ topic, seed, seconds: seconds(), done }))}\n`);
  };
  const stopReporting = startReporting(args, {
    report: () => {
      report(false);
    },
    state: () => ({ acknowledged: counter.acknowledged, count, seconds: seconds(), trouble: sink.trouble }),
  });
  const production = produce({
    next: () => traffic.next(),
    sink,
    rate,
    count,
    signal,
    onAcknowledged: (messages) => {
      counter.add(messages);
    },
    clock: CLOCK,
  });
  const failure = await brokerErrorOf(Promise.race([production, flushDeadline(signal)]));
  await sink.disconnect();
  stopReporting();
  if (failure !== null) process.stderr.write(`${failure.message}\n`);
  report(true);
  return failure === null ? 0 : 1;
}

function startReporting(
  { report: format, topic, bootstrapServers, seed }: ProducerArguments,
  { report, state }: { report: () => void; state: ConstructorParameters<typeof Progress>[1] },
): () => void {
  if (format === 'json') {
    const timer = setInterval(report, REPORT_INTERVAL_MS);
    return () => {
      clearInterval(timer);
    };
  }
  process.stderr.write(`Producing to ${topic} at ${bootstrapServers.join(', ')}, with --seed ${seed}.\n`);
  const progress = new Progress(process.stderr, state);
  return () => {
    progress.stop();
  };
}

/** Given on SIGINT and SIGTERM, or when nobody reads us any more. A second signal ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    controller.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  process.stdout.on('error', stop);
  process.stderr.on('error', stop);
  return controller.signal;
}

/** Never resolves; rejects if messages are still unacknowledged too long after the signal. */
function flushDeadline(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      setTimeout(() => {
        reject(
          new BrokerError('Kafka has not acknowledged the last messages; some of them may be in the topic.'),
        );
      }, FLUSH_TIMEOUT_MS).unref();
    });
  });
}

/** The broker's failure as a value; others are bugs, and thrown on. */
async function brokerErrorOf(work: Promise<void>): Promise<BrokerError | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
}
