import { FaultError } from '#pipeline';
import { kafkaFault } from './kafka-fault.js';

function brokerError(type: string): Error {
  return Object.assign(new Error(`the broker said ${type}`), { type, name: 'KafkaJSProtocolError' });
}

describe('kafkaFault', () => {
  it('reports the root cause of the errors that kafkajs wraps', () => {
    const error = new Error('gave up', {
      cause: new Error('again', { cause: brokerError('TOPIC_AUTHORIZATION_FAILED') }),
    });
    expect(kafkaFault(error, 'writing')).toEqual({
      class: 'setup',
      code: 'TOPIC_AUTHORIZATION_FAILED',
      message: 'Kafka: writing failed: the broker said TOPIC_AUTHORIZATION_FAILED',
      remedy: expect.stringContaining('Grant READ and DESCRIBE'),
    });
  });

  it('keeps the fault of a login, which kafkajs wraps as well', () => {
    const fault = {
      class: 'transient',
      code: 'OAUTH_TOKEN_ENDPOINT',
      message: 'no token',
      remedy: 'wait',
    } as const;
    const error = new Error('gave up', { cause: new FaultError(fault) });
    expect(kafkaFault(error, 'reading')).toEqual({ ...fault, message: 'Kafka: reading failed: no token' });
  });

  it('treats unknown errors as transient', () => {
    expect(kafkaFault(brokerError('SOMETHING_NEW'), 'reading')).toMatchObject({
      class: 'transient',
      remedy: null,
    });
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(kafkaFault(refused, 'reading')).toMatchObject({ class: 'transient', code: 'ECONNREFUSED' });
  });

  it.each([
    ['INVALID_RECORD', 'cleanup.policy=delete'],
    ['INVALID_TIMESTAMP', 'clock'],
    ['MESSAGE_TOO_LARGE', 'max.message.bytes'],
  ])('names the remedy for a record that the topic refuses with %s', (type, remedy) => {
    const fault = kafkaFault(brokerError(type), 'writing');
    expect(fault).toMatchObject({ class: 'setup', code: type, remedy: expect.stringContaining(remedy) });
  });

  it('treats missing in-sync replicas as transient, and names the setting that requires them', () => {
    expect(kafkaFault(brokerError('NOT_ENOUGH_REPLICAS'), 'writing')).toMatchObject({
      class: 'transient',
      remedy: expect.stringMatching(/^If this lasts, .*min\.insync\.replicas/),
    });
  });

  it.each(['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED'])(
    'names the certificate settings for %s',
    (code) => {
      const fault = kafkaFault(Object.assign(new Error('tls'), { code }), 'connecting');
      expect(fault).toMatchObject({ class: 'setup', remedy: expect.stringContaining('KAFKA_TLS_CA_FILE') });
    },
  );

  it('names the client certificate if the broker requires one, without OpenSSL jargon', () => {
    const error = new Error(
      '40CD:error:0A000412:SSL routines:ssl3_read_bytes:ssl/tls alert bad certificate:../rec_layer_s3.c:918:SSL alert number 42\n',
    );
    const code = 'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE';
    expect(kafkaFault(Object.assign(error, { code }), 'connecting')).toMatchObject({
      class: 'setup',
      message: 'Kafka: connecting failed: ssl/tls alert bad certificate',
      remedy: expect.stringContaining('KAFKA_TLS_CERT_FILE'),
    });
  });

  it('treats a closed connection as transient, and names the settings that the listener may require', () => {
    const closed = Object.assign(new Error('Closed connection'), { name: 'KafkaJSConnectionClosedError' });
    expect(kafkaFault(closed, 'connecting')).toMatchObject({
      class: 'transient',
      remedy: expect.stringMatching(/^If this lasts, .*KAFKA_TLS and KAFKA_SASL_MECHANISM/),
    });
  });

  it.each([
    Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('getaddrinfo ENOTFOUND kafka'), { code: 'ENOTFOUND' }),
    Object.assign(new Error('Connection timeout'), { name: 'KafkaJSConnectionError' }),
    new Error('Broker not connected'),
  ])('names the setting with the brokers if no broker is there: %s', (error) => {
    expect(kafkaFault(error, 'connecting')).toMatchObject({
      class: 'transient',
      remedy: expect.stringContaining('KAFKA_BOOTSTRAP_SERVER'),
    });
  });

  it('accepts any thrown value', () => {
    expect(kafkaFault('just a text', 'reading')).toMatchObject({
      message: 'Kafka: reading failed: just a text',
    });
  });
});
