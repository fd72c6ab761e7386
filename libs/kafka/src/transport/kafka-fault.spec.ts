import { kafkaFault } from './kafka-fault.js';

function brokerError(type: string): Error {
  return Object.assign(new Error(`the broker said ${type}`), { type, name: 'KafkaJSProtocolError' });
}

describe('kafkaFault', () => {
  it('looks through the errors that kafkajs wraps around the one that counts', () => {
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

  it('takes what it does not know for something that passes', () => {
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
  ])('says of a record that the topic refuses as %s what to do', (type, remedy) => {
    const fault = kafkaFault(brokerError(type), 'writing');
    expect(fault).toMatchObject({ class: 'setup', code: type, remedy: expect.stringContaining(remedy) });
  });

  it('waits for replicas that are not in sync, and names what asks for them', () => {
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

  it('names the client certificate where the broker asks for one, without the words of OpenSSL', () => {
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

  it('waits for a broker that hung up, and names what a listener of another kind would want', () => {
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
  ])('names the addresses of the brokers where there is none: %s', (error) => {
    expect(kafkaFault(error, 'connecting')).toMatchObject({
      class: 'transient',
      remedy: expect.stringContaining('KAFKA_BOOTSTRAP_SERVER'),
    });
  });

  it('takes anything that was thrown', () => {
    expect(kafkaFault('just a text', 'reading')).toMatchObject({
      message: 'Kafka: reading failed: just a text',
    });
  });
});
