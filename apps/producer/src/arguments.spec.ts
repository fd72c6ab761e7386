import { parseArguments } from './arguments.js';
import type { ProducerArguments } from './arguments.js';
import { BAD_KINDS } from '#traffic';

function parsed(args: string, environment: NodeJS.ProcessEnv = {}): ProducerArguments {
  const result = parseArguments(args.split(' ').filter(Boolean), environment);
  if (result.kind !== 'run') throw new Error(JSON.stringify(result));
  return result.arguments;
}

function faults(args: string, environment: NodeJS.ProcessEnv = {}): string[] {
  const result = parseArguments(args.split(' ').filter(Boolean), environment);
  return result.kind === 'invalid' ? result.faults : [];
}

describe('The command line', () => {
  it('needs nothing', () => {
    expect(parsed('')).toEqual({
      bootstrapServers: ['localhost:9092'],
      topic: 'sales_events',
      rate: 200,
      count: Infinity,
      seed: expect.any(Number),
      shares: { bad: 0, tombstones: 0, unknown: 0 },
      badKinds: BAD_KINDS,
      report: 'text',
    });
  });

  it('says all of it', () => {
    const args =
      '--rate max --count 1000 --bad 0.1 --tombstones 0.2 --unknown 0.3 --seed 7 --topic wine ' +
      '--bootstrap a:1,[::1]:2 --report json --bad-kinds bad_uuid,json_null';
    expect(parsed(args)).toEqual({
      bootstrapServers: ['a:1', '[::1]:2'],
      topic: 'wine',
      rate: 'max',
      count: 1000,
      seed: 7,
      shares: { bad: 0.1, tombstones: 0.2, unknown: 0.3 },
      badKinds: ['json_null', 'bad_uuid'],
      report: 'json',
    });
  });

  it('takes addresses as the service does', () => {
    const addresses = '[::1]:9092, [fd00::10]:9093,kafka.example.:9094,';
    const bootstrapServers = ['[::1]:9092', '[fd00::10]:9093', 'kafka.example.:9094'];
    expect(parsed('', { KAFKA_BOOTSTRAP_SERVER: addresses })).toMatchObject({ bootstrapServers });
    for (const wrong of ['[::x]:1', 'user:secret@kafka:9092', 'kafka:0', 'kafka:65536', ',']) {
      const told = faults('', { KAFKA_BOOTSTRAP_SERVER: wrong });
      expect(told).toHaveLength(1);
      expect(told.join()).not.toContain('secret@');
    }
  });

  it('comes before the environment', () => {
    const environment = { KAFKA_BOOTSTRAP_SERVER: 'kafka:9092', KAFKA_TOPIC_NAME: 'wine' };
    expect(parsed('', environment)).toMatchObject({ bootstrapServers: ['kafka:9092'], topic: 'wine' });
    expect(parsed('--bootstrap b:1 --topic t', environment)).toMatchObject({
      bootstrapServers: ['b:1'],
      topic: 't',
    });
    expect(parsed('', { KAFKA_TOPIC_NAME: '' }).topic).toBe('sales_events');
  });

  it('is told all its faults at once, by option or variable', () => {
    const all = faults('--rate 0 --count 1.5 --bad 1.1 --seed x --report xml --bad-kinds bad_luck', {
      KAFKA_BOOTSTRAP_SERVER: 'kafka',
    });
    expect(all).toHaveLength(7);
    expect(all.map((fault) => fault.split(' ')[0])).toEqual(
      expect.arrayContaining([
        '--rate',
        '--count',
        '--bad',
        '--seed',
        '--report',
        '--bad-kinds',
        'KAFKA_BOOTSTRAP_SERVER',
      ]),
    );
    expect(all).toContain('--bad is "1.1"; expected a share from 0 to 1.');
  });

  it('refuses shares of more than all, and options that there are not', () => {
    expect(faults('--bad 0.6 --unknown 0.6')).toEqual([
      '--bad, --tombstones and --unknown are 1.2 together; expected at most 1.',
    ]);
    expect(faults('--speed 1')).toEqual(["Unknown option '--speed' (Did you mean --seed?)."]);
    expect(faults('now')).toEqual(['Too many arguments. Expected 0 arguments but got 1: now.']);
  });

  it('may ask for the version', () => {
    expect(parseArguments(['--version'], {})).toEqual({
      kind: 'print',
      text: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it('may ask for help', () => {
    expect(parseArguments(['--rate', 'x', '--help'], {})).toEqual({
      kind: 'print',
      text: expect.stringContaining('--bad-kinds <LIST>'),
    });
  });
});
