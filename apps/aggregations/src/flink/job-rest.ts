const REQUEST_TIMEOUT_MS = 10_000;

/** What Flink reports about the job. */
export interface JobStatus {
  id: string;
  /** RUNNING, RESTARTING, CREATED and others, as Flink names them. */
  state: string;
}

export interface CheckpointStatus {
  completed: number;
  failed: number;
  /** Unix time in milliseconds, size in bytes; null before the first one. */
  latest: { atMs: number; bytes: number } | null;
}

/** The REST interface of a JobManager that runs one job. */
export class JobRest {
  constructor(private readonly port: number) {}

  /** Null while there is no job or no answer yet. */
  async job(): Promise<JobStatus | null> {
    try {
      const { jobs } = await this.#get<{ jobs: { id: string; status: string }[] }>('/jobs');
      const [job] = jobs;
      return job === undefined ? null : { id: job.id, state: job.status };
    } catch {
      return null;
    }
  }

  /** Whether every task of the job runs. */
  async hasAllTasks(jobId: string): Promise<boolean> {
    const { vertices } = await this.#get<{ vertices: { status: string }[] }>(`/jobs/${jobId}`);
    return vertices.length > 0 && vertices.every(({ status }) => status === 'RUNNING');
  }

  async checkpoints(jobId: string): Promise<CheckpointStatus> {
    const { counts, latest } = await this.#get<{
      counts: { completed: number; failed: number };
      latest: { completed: { latest_ack_timestamp: number; state_size: number } | null };
    }>(`/jobs/${jobId}/checkpoints`);
    return {
      completed: counts.completed,
      failed: counts.failed,
      latest:
        latest.completed === null
          ? null
          : { atMs: latest.completed.latest_ack_timestamp, bytes: latest.completed.state_size },
    };
  }

  /** Why the job failed last; null if it has not. */
  async lastFailure(jobId: string): Promise<string | null> {
    const { exceptionHistory } = await this.#get<{
      exceptionHistory: { entries: { stacktrace: string }[] };
    }>(`/jobs/${jobId}/exceptions`);
    const stack = exceptionHistory.entries[0]?.stacktrace;
    return stack === undefined ? null : rootCause(stack);
  }

  /** Begins to write a savepoint, after which the job ends. Returns the id to ask for its result. */
  async stopWithSavepoint(jobId: string): Promise<string> {
    const response = await fetch(this.#url(`/jobs/${jobId}/stop`), {
      method: 'POST',
      body: JSON.stringify({ drain: false }),
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`Flink answered ${response.status}: ${await response.text()}`);
    return ((await response.json()) as { 'request-id': string })['request-id'];
  }

  /** Why the savepoint was not written; null while that is not known. */
  async savepointFailure(jobId: string, requestId: string): Promise<string | null> {
    try {
      const { operation } = await this.#get<{ operation?: { 'failure-cause'?: { class: string } } }>(
        `/jobs/${jobId}/savepoints/${requestId}`,
      );
      return operation?.['failure-cause']?.class ?? null;
    } catch {
      // The JobManager ends once the savepoint is written.
      return null;
    }
  }

  async #get<Answer>(path: string): Promise<Answer> {
    const response = await fetch(this.#url(path), { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`Flink answered ${response.status} to ${path}.`);
    return (await response.json()) as Answer;
  }

  #url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }
}

/** The last cause of a Java stack trace, in one line. */
export function rootCause(stack: string): string {
  const causes = stack.split('\n').filter((line) => line.startsWith('Caused by: '));
  return (causes.at(-1)?.slice('Caused by: '.length) ?? stack.split('\n')[0] ?? '').trim();
}
