import type { Bind, ConnectionOptions } from 'snowflake-sdk';
import type { SimulatedProcess } from '../../time/simulated-process.js';
import { theWorld } from '../../time/world.js';
import type { Conditions } from '../conditions.js';
import { Request } from '../request.js';

/** What the driver connects to. */
interface Account {
  readonly conditions: Conditions;
  execute(path: string, token: string, body: object): Promise<object>;
}

interface Body {
  success: boolean;
  code: string;
  message: string;
  data: ResultSet & { token?: string; sqlState?: string; getResultUrl?: string };
}

interface ResultSet {
  statementTypeId: number;
  rowset: (string | null)[][];
  rowtype: { name: string; type: string }[];
}

interface Statement {
  sqlText: string;
  binds?: Bind[];
  requestId?: string;
  complete: (error: Error | undefined, statement: object) => void;
}

type Callback = (error: Error | undefined) => void;

const IN_PROGRESS = '333333';
/** The types whose rows the driver counts: inserts, updates, deletes, merges, and inserts into several tables. */
const COUNTED = new Set([0x3100, 0x3200, 0x3300, 0x3400, 0x3500]);
const DOCUMENTS = ['variant', 'object', 'array'];

let current: Account | null = null;

/** The account that the driver connects to from now on. */
export function connectTo(account: Account): void {
  current = account;
}

/** Replaces the package `snowflake-sdk`: its connections send requests to the endpoint in this thread. */
export const SIMULATED_DRIVER = {
  configure: () => undefined,
  createConnection: (options: ConnectionOptions) => {
    if (current === null) throw new Error('there is no account');
    return new SimulatedConnection(options, current);
  },
};

class SimulatedConnection {
  readonly #process: SimulatedProcess | null = theWorld().process;
  #token = '';

  constructor(
    private readonly options: ConnectionOptions,
    private readonly account: Account,
  ) {}

  connect(done: Callback): void {
    const { database = '', schema = '', warehouse = '' } = this.options;
    const query = new URLSearchParams({ databaseName: database, schemaName: schema, warehouse });
    const data = { LOGIN_NAME: 'INGESTER', PASSWORD: 'simulated' };
    this.#post(`/session/v1/login-request?${query.toString()}`, { data }, 'login').then((body) => {
      this.#token = body.data.token ?? '';
      done(undefined);
    }, done);
  }

  execute({ sqlText, binds = [], requestId = '', complete }: Statement): void {
    this.#run(sqlText, binds, requestId).then(
      (result) => {
        complete(undefined, statementOf(result));
      },
      (error: unknown) => {
        complete(error as Error, {});
      },
    );
  }

  destroy(done: Callback): void {
    this.#post('/session?delete=true', {}, 'end of session').then(() => {
      done(undefined);
    }, done);
  }

  async #run(sqlText: string, binds: Bind[], requestId: string): Promise<ResultSet> {
    const what = sqlText.trim().split(/\s+/).slice(0, 3).join(' ');
    const bindings = Object.fromEntries(binds.map((bind, index) => [String(index + 1), binding(bind)]));
    let body = await this.#post(
      `/queries/v1/query-request?requestId=${requestId}`,
      { sqlText, bindings },
      what,
    );
    while (body.code === IN_PROGRESS)
      body = await this.#post(body.data.getResultUrl ?? '', {}, `result of ${what}`);
    return body.data;
  }

  async #post(path: string, body: object, what: string): Promise<Body> {
    const request = new Request(what, this.#process, this.account.conditions, null);
    const answer = await request.ask<Body>((reply) => {
      void this.account.execute(path, this.#token, body).then((answered) => {
        reply(answered as Body);
      });
    });
    if (answer.isLost) {
      const isDown = answer.code === 'HTTP_503';
      throw Object.assign(new Error(answer.code), {
        name: 'NetworkError',
        ...(isDown ? { response: { status: 503 } } : { code: answer.code }),
      });
    }
    const { success, code, message, data } = answer.value;
    if (success || code === IN_PROGRESS) return answer.value;
    throw Object.assign(new Error(message), { name: 'OperationFailedError', code, sqlState: data.sqlState });
  }
}

/** The driver's statement object, as far as the product uses it. */
function statementOf({ statementTypeId, rowset, rowtype }: ResultSet): object {
  const isCounted = COUNTED.has(statementTypeId);
  const changed = (rowset[0] ?? []).reduce((sum, count) => sum + Number(count), 0);
  return {
    getNumUpdatedRows: () => (isCounted ? changed : -1),
    getColumns: () => rowtype.map(({ name }) => ({ getName: () => name })),
    streamRows: () =>
      rowset.map((row) =>
        Object.fromEntries(rowtype.map(({ name, type }, index) => [name, valueOf(row[index] ?? null, type)])),
      ),
  };
}

function valueOf(text: string | null, type: string): unknown {
  if (text === null) return null;
  if (type === 'fixed' || type === 'real') return Number(text);
  if (type === 'boolean') return text === '1';
  return DOCUMENTS.includes(type) ? (JSON.parse(text) as unknown) : text;
}

function binding(bind: Bind): { type: string; value: string | null } {
  const type = typeof bind === 'number' ? 'FIXED' : typeof bind === 'boolean' ? 'BOOLEAN' : 'TEXT';
  return { type, value: (bind as Bind | null | undefined) == null ? null : String(bind) };
}
