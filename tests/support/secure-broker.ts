import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, KafkaBroker } from '#testing';
import { makeAuthority, makeCertificate, writeKeyStore, type Certificate } from './certificates.js';

/** The only name in the broker's certificate; clients reach it at 127.0.0.1. */
export const BROKER_NAME = 'broker.caves-albert.example';

export const USER = 'ingester';
const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule';
const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule';

/** A broker with a port for TLS and a login, one for TLS and a client certificate, and one without security. */
export class SecureBroker {
  private constructor(
    readonly folder: string,
    readonly broker: KafkaBroker,
    /** Address for TLS with a login. */
    readonly login: string,
    /** Address for TLS with a client certificate. */
    readonly mutual: string,
    readonly authority: Certificate,
    readonly client: Certificate,
  ) {}

  static async start(
    password: string,
    extra: Record<string, string> = {},
    javaOptions: readonly string[] = [],
  ): Promise<SecureBroker> {
    const folder = await mkdtemp(join(tmpdir(), 'secure-broker-'));
    const authority = await makeAuthority(folder, 'authority.caves-albert.example');
    const server = await makeCertificate(folder, BROKER_NAME, authority);
    const client = await makeCertificate(folder, 'ingester.caves-albert.example', authority);
    const port = await freePort();
    const login = `127.0.0.1:${await freePort()}`;
    const mutual = `127.0.0.1:${await freePort()}`;
    const open = `PLAINTEXT://127.0.0.1:${port},SASL_SSL://${login},SSL://${mutual}`;
    const controller = await freePort();
    const broker = await KafkaBroker.start({
      dataDir: join(folder, 'broker'),
      port,
      javaOptions,
      scram: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map((each) => `${each}=[name=${USER},password=${password}]`),
      extra: {
        listeners: `${open},CONTROLLER://127.0.0.1:${controller}`,
        'controller.quorum.voters': `1@127.0.0.1:${controller}`,
        'advertised.listeners': open,
        'listener.security.protocol.map':
          'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL',
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.location': await writeKeyStore(folder, 'server', server),
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': authority.certFile,
        'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
        'listener.name.sasl_ssl.plain.sasl.jaas.config': `${PLAIN} required user_${USER}="${password}";`,
        'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': `${SCRAM} required;`,
        'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${SCRAM} required;`,
        'listener.name.ssl.ssl.client.auth': 'required',
        ...extra,
      },
    });
    return new SecureBroker(folder, broker, login, mutual, authority, client);
  }

  /** The settings of a client that trusts this broker. */
  get trust(): Record<string, string> {
    return {
      KAFKA_TLS: 'true',
      KAFKA_TLS_CA_FILE: this.authority.certFile,
      KAFKA_TLS_SERVER_NAME: BROKER_NAME,
    };
  }

  /** Restarts with certificates of another authority, and trusts only that one. */
  async moveTo(authority: Certificate): Promise<void> {
    await this.broker.stop();
    await writeKeyStore(this.folder, 'server', await makeCertificate(this.folder, BROKER_NAME, authority));
    await writeFile(this.authority.certFile, authority.cert);
    await this.broker.restart();
  }

  async stop(): Promise<void> {
    await this.broker.stop();
    await rm(this.folder, { recursive: true });
  }
}
