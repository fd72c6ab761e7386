import { hostname } from 'node:os';
import { ForbiddenException, NotFoundException, type ExecutionContext } from '@nestjs/common';
import type { ServiceSettings } from '#settings';
import { PageAccess } from './page-access.js';

const SETTINGS = { statusPage: true, statusPageAccess: 'loopback', statusPageHosts: [] as string[] };

function admits(
  host: string | undefined,
  remoteAddress: string,
  over: Partial<typeof SETTINGS> = {},
): boolean {
  const access = new PageAccess({ ...SETTINGS, ...over } as ServiceSettings);
  const request = { method: 'GET', url: '/', headers: { host }, socket: { remoteAddress } };
  const context = { switchToHttp: () => ({ getRequest: () => request }) } as unknown as ExecutionContext;
  return access.canActivate(context);
}

describe('access to the page', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('is granted to %s', (address) => {
    expect(admits('localhost:8000', address)).toBe(true);
  });

  it.each(['10.0.0.7', '::ffff:10.0.0.7', 'fd00::7', '128.0.0.1'])(
    'is granted to %s only if the setting allows it',
    (address) => {
      expect(() => admits('localhost:8000', address)).toThrow(ForbiddenException);
      expect(() => admits('localhost:8000', address)).toThrow(/kubectl port-forward.*STATUS_PAGE_ACCESS=any/);
      expect(admits('localhost:8000', address, { statusPageAccess: 'any' })).toBe(true);
    },
  );

  it.each([
    'localhost',
    'LOCALHOST:8000',
    'app.localhost:1',
    '127.0.0.1:8000',
    '[::1]:8000',
    '10.1.2.3',
    hostname(),
  ])('is granted under the name %s', (host) => {
    expect(admits(host, '127.0.0.1')).toBe(true);
  });

  it.each([
    'evil.example',
    'evil.example:8000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '',
    undefined,
  ])('is denied under the name %s', (host) => {
    expect(() => admits(host, '127.0.0.1')).toThrow(/STATUS_PAGE_HOSTS/);
    expect(() => admits(host, '127.0.0.1', { statusPageAccess: 'any' })).toThrow(ForbiddenException);
  });

  it('is granted under configured names', () => {
    expect(
      admits('Ingester.Example.com:80', '127.0.0.1', { statusPageHosts: ['ingester.example.com'] }),
    ).toBe(true);
  });

  it('responds with 404 if the page is off', () => {
    expect(() => admits('evil.example', '10.0.0.7', { statusPage: false })).toThrow(NotFoundException);
  });
});
