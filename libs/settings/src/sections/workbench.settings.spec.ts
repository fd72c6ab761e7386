import { loadSettings } from '../load-settings.js';
import { SettingsError } from '../reading/settings-error.js';
import { describeSettings } from '../settings.js';

const TOKEN = '8f1e0c7b6a594d3e8f1e0c7b6a594d3e';

function load(env: Record<string, string>) {
  return loadSettings({ WAREHOUSE: 'duckdb', DUCKDB_PATH: 'a.duckdb', ...env }, false);
}

describe('the settings of the workbench', () => {
  it('are off without a token, and never show it', () => {
    expect(load({}).settings.workbench).toMatchObject({ token: undefined, access: 'loopback' });
    const { settings } = load({ ADMIN_TOKEN: TOKEN });
    expect(settings.workbench.token?.reveal()).toBe(TOKEN);
    expect(describeSettings(settings)).toMatchObject({ ADMIN_TOKEN: '[secret]', ADMIN_ACCESS: 'loopback' });
  });

  it.each(['short', 'with a space in between', 'tränke-0123456789'])('reject the token %j', (token) => {
    const rejected = () => load({ ADMIN_TOKEN: token });
    expect(rejected).toThrow(SettingsError);
    expect(rejected).toThrow(/ADMIN_TOKEN.*openssl rand -hex 32/);
    expect(rejected).not.toThrow(token);
  });

  it('warn about a token without a page, and about one that travels in plain text', () => {
    expect(load({ ADMIN_TOKEN: TOKEN, STATUS_PAGE: 'false' }).warnings).toEqual([
      'ADMIN_TOKEN has no effect while STATUS_PAGE is false',
    ]);
    const open = { ADMIN_ACCESS: 'any', STATUS_PAGE_ACCESS: 'any' };
    expect(load({ ADMIN_TOKEN: TOKEN, ...open }).warnings).toEqual([
      expect.stringContaining('ADMIN_TOKEN and event content travel in plain text'),
    ]);
    for (const env of [
      open,
      { ADMIN_TOKEN: TOKEN, ADMIN_ACCESS: 'any' },
      { ADMIN_TOKEN: TOKEN, STATUS_PAGE_ACCESS: 'any' },
    ]) {
      expect(load(env).warnings).toEqual([]);
    }
  });
});
