import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ENVIRONMENT_VARIABLES,
  EnvironmentInvalid,
  parseEnvironment,
  venueNamed,
  type Environment,
  type EnvironmentVariable,
} from './environment.ts';

const FACTS = {
  hasSandbox: (venue: string) => venue !== 'mexc',
  needsPassphrase: (venue: string) => venue === 'okx',
};

const read = (variables: Record<string, string | undefined>): Environment =>
  parseEnvironment(variables, FACTS);

function faultsOf(variables: Record<string, string>): readonly { variable: string; reason: string }[] {
  try {
    read(variables);
  } catch (error) {
    if (error instanceof EnvironmentInvalid) return error.faults;
    throw error;
  }
  return [];
}

/** Values that stop the start, for every variable. */
const WRONG: Readonly<Record<EnvironmentVariable, readonly string[]>> = {
  PORT: ['eighty', '65536', '-1', '80.5', '0x50', '1e3'],
  HOST: ['a b', 'http://localhost', 'localhost/x'],
  DATA_DIR: ['da\0ta'],
  DATABASE_URL: ['mysql://localhost/x', 'localhost:5432', 'nonsense'],
  PLIMSOLL_ADMIN_TOKEN: ['short', 'with space in it', 'ümläute-ümläute', 'x'.repeat(257)],
  PLIMSOLL_MASTER_KEY: ['abcd', 'z'.repeat(64), 'ab'.repeat(31), 'ab'.repeat(33)],
  PLIMSOLL_BASE_CURRENCY: ['usdt', 'A', 'US DT'],
  PLIMSOLL_PAPER_MARKET: ['live', 'mirror:,', 'mirror:BTC/USDT,'],
  PLIMSOLL_SIMULATOR_URL: ['localhost', 'ftp://127.0.0.1', '10.1.2.3:9100'],
  EXCHANGE: ['mtgox', 'binance,okx'],
  // Each is wrong when it stands alone.
  EXCHANGE_API_KEY: [''],
  EXCHANGE_API_SECRET: [''],
  EXCHANGE_API_PASSPHRASE: [''],
  EXCHANGE_SANDBOX: ['maybe', '2', 'ja'],
  MAX_POSITION_SIZE: ['-5', '0', 'NaN', '1e400', '1,000', 'Infinity'],
  MAX_DAILY_LOSS: ['lots', '-0.1', '0', '100 USDT'],
  RISK_CHECK_ENABLED: ['ja', 'enabled'],
  PLIMSOLL_LIVE_WITHOUT_RISK_CHECK: ['perhaps'],
  LOG_LEVEL: ['loud', '3'],
  LOG_FORMAT: ['pretty', '1'],
};

/** Variables that must be set as well for an empty value to be wrong. */
const BESIDE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  EXCHANGE_API_KEY: { EXCHANGE: 'binance', EXCHANGE_API_SECRET: 's' },
  EXCHANGE_API_SECRET: { EXCHANGE: 'binance', EXCHANGE_API_KEY: 'k' },
  EXCHANGE_API_PASSPHRASE: { EXCHANGE: 'okx', EXCHANGE_API_KEY: 'k', EXCHANGE_API_SECRET: 's' },
};

describe('environment', () => {
  it('has defaults for everything', () => {
    expect(read({})).toEqual({
      baseCurrency: 'USDT',
      port: 8001,
      host: '127.0.0.1',
      dataDir: './data',
      databaseUrl: null,
      adminToken: null,
      masterKey: null,
      simulatorUrl: null,
      paperMarket: null,
      seedAccount: null,
      maxPositionSize: null,
      maxDailyLoss: null,
      riskCheckEnabled: true,
      liveWithoutRiskCheck: false,
      logLevel: 'info',
      logFormat: 'auto',
    });
  });

  it('is in the README, each variable of it', () => {
    const text = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
    expect(ENVIRONMENT_VARIABLES.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  it('takes an empty variable as not set', () => {
    expect(read({ PORT: '', EXCHANGE_API_KEY: ' ', DATABASE_URL: '' })).toEqual(read({}));
  });

  it.each(
    Object.entries(WRONG).flatMap(([variable, values]) => values.map((text) => [variable, text] as const)),
  )('refuses %s=%s and names it', (variable, text) => {
    const faults = faultsOf({ ...BESIDE[variable], [variable]: text });
    expect(faults.map((fault) => fault.variable)).toEqual([variable]);
    expect(faults[0]?.reason.length).toBeGreaterThan(10);
    if (text.length > 3) expect(faults[0]?.reason).not.toContain(text);
  });

  it('reports every fault at once, each in a line of its own', () => {
    const wrong = { PORT: 'x', EXCHANGE: 'mtgox', LOG_LEVEL: 'loud', MAX_DAILY_LOSS: '-1' };
    expect(() => read(wrong)).toThrow(/^PORT: .+\nEXCHANGE: .+\nMAX_DAILY_LOSS: .+\nLOG_LEVEL: .+$/);
  });

  it.each(['true', '1', 'yes', 'ON', ' True '])('takes %j for true', (text) => {
    expect(read({ PLIMSOLL_LIVE_WITHOUT_RISK_CHECK: text }).liveWithoutRiskCheck).toBe(true);
  });

  it('has every variable in docs/api.md, and no other', () => {
    const document = readFileSync(join(import.meta.dirname, '../../docs/api.md'), 'utf8');
    const section = document.split('\n## Environment\n')[1]?.split('\n## ')[0] ?? '';
    const rows = [...section.matchAll(/^\| `([A-Z_]+)` *\| *(?:`([^`]*)`)?/gm)];
    expect(new Set(rows.map(([, name]) => name))).toEqual(new Set(ENVIRONMENT_VARIABLES));
    expect(rows).toHaveLength(ENVIRONMENT_VARIABLES.length);
    // The defaults that it names are those that are taken.
    const stated = Object.fromEntries(
      rows.flatMap(([, name, value]) => (name === undefined || value === undefined ? [] : [[name, value]])),
    );
    expect(Object.keys(stated)).toHaveLength(9);
    expect(read(stated)).toEqual(read({}));
  });

  it('reads limits exactly', () => {
    const limits = read({ MAX_POSITION_SIZE: '0.10000000000000000001', MAX_DAILY_LOSS: '2500' });
    expect(limits.maxPositionSize?.toString()).toBe('0.10000000000000000001');
    expect(limits.maxDailyLoss?.toString()).toBe('2500');
  });

  it('reads the master key as hex and as base64', () => {
    const key = Buffer.alloc(32, 7);
    expect(read({ PLIMSOLL_MASTER_KEY: key.toString('hex') }).masterKey).toEqual(key);
    expect(read({ PLIMSOLL_MASTER_KEY: key.toString('base64') }).masterKey).toEqual(key);
  });

  describe('first account', () => {
    const keys = { EXCHANGE: 'binance', EXCHANGE_API_KEY: 'k', EXCHANGE_API_SECRET: 's' };

    it('is a sandbox account unless it is said otherwise', () => {
      expect(read(keys).seedAccount).toEqual({
        exchange: 'binance',
        mode: 'testnet',
        apiKey: 'k',
        secret: 's',
        passphrase: null,
      });
      expect(read({ ...keys, EXCHANGE_SANDBOX: 'false' }).seedAccount?.mode).toBe('live');
    });

    it('never falls through to live where there is no sandbox', () => {
      expect(faultsOf({ ...keys, EXCHANGE: 'mexc' })).toEqual([
        { variable: 'EXCHANGE_SANDBOX', reason: expect.stringContaining('mexc has no sandbox') },
      ]);
      expect(read({ ...keys, EXCHANGE: 'mexc', EXCHANGE_SANDBOX: 'false' }).seedAccount?.mode).toBe('live');
    });

    it('needs its parts', () => {
      expect(faultsOf({ EXCHANGE_API_KEY: 'k', EXCHANGE_API_SECRET: 's' }).map((f) => f.variable)).toEqual([
        'EXCHANGE',
      ]);
      expect(faultsOf({ EXCHANGE: 'binance', EXCHANGE_API_KEY: 'k' }).map((f) => f.variable)).toEqual([
        'EXCHANGE_API_SECRET',
      ]);
      expect(faultsOf({ EXCHANGE: 'binance', EXCHANGE_API_SECRET: 's' }).map((f) => f.variable)).toEqual([
        'EXCHANGE_API_KEY',
      ]);
      expect(faultsOf({ ...keys, EXCHANGE: 'okx' }).map((f) => f.variable)).toEqual([
        'EXCHANGE_API_PASSPHRASE',
      ]);
    });

    it('is not made from a venue alone', () => {
      expect(read({ EXCHANGE: 'okx' }).seedAccount).toBeNull();
    });

    it('keeps the risk check on for live accounts unless a second flag says so', () => {
      const live = { ...keys, EXCHANGE_SANDBOX: 'false', RISK_CHECK_ENABLED: 'false' };
      expect(faultsOf(live).map((fault) => fault.variable)).toEqual(['RISK_CHECK_ENABLED']);
      expect(read({ ...live, PLIMSOLL_LIVE_WITHOUT_RISK_CHECK: 'true' }).riskCheckEnabled).toBe(false);
      expect(read({ ...keys, RISK_CHECK_ENABLED: 'false' }).riskCheckEnabled).toBe(false);
    });
  });

  it('never shows a value', () => {
    const secret = 'sk live 0123456789';
    expect(JSON.stringify(faultsOf({ PLIMSOLL_ADMIN_TOKEN: secret }))).not.toContain(secret);
  });

  it('knows venues in any case and by their other name', () => {
    expect(venueNamed('Huobi')).toBe('htx');
    expect(venueNamed('BINANCE')).toBe('binance');
    expect(venueNamed('ftx')).toBeUndefined();
  });
});
