import type { KafkaConfig } from 'kafkajs';
import { current, type KafkaSettings } from '#settings';
import { bearerLogin } from './bearer-login.js';

/** How kafkajs logs in. Getters, because it reads the credentials for each login and reauthentication. */
export function sasl(settings: KafkaSettings): Pick<KafkaConfig, 'sasl'> {
  const { saslMechanism: mechanism } = settings;
  if (mechanism === undefined) return {};
  const login = {
    get username() {
      return current(settings).saslUsername ?? '';
    },
    get password() {
      return current(settings).saslPassword?.reveal() ?? '';
    },
  };
  switch (mechanism) {
    case 'oauthbearer':
      return { sasl: bearerLogin(settings) };
    case 'plain':
      return { sasl: Object.assign(login, { mechanism }) };
    case 'scram-sha-256':
      return { sasl: Object.assign(login, { mechanism }) };
    case 'scram-sha-512':
      return { sasl: Object.assign(login, { mechanism }) };
  }
}
