import { describe, expect, it } from 'vitest';
import { EnvironmentInvalid, parseEnvironment, venueNamed, type Environment } from './environment.ts';

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

describe('environment', () => {
  it('has defaults for everything', () => {
    expect(read({})).toEqual({
      port: 8001,
      host: '127.0.0.1',
      dataDir: './data',
      databaseUrl: null,
      adminToken: null,
      masterKey: null,
      simulatorUrl: null,
      seedAccount: null,
      maxPositionSize: null,
      maxDailyLoss: null,
      riskCheckEnabled: true,
      liveWithoutRiskCheck: false,
      logLevel: 'info',
    });
  });

  it('takes an empty variable as not set', () => {
    expect(read({ PORT: '', EXCHANGE_API_KEY: ' ', DATABASE_URL: '' })).toEqual(read({}));
  });

  it.each([
    ['PORT', 'eighty'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['HOST', 'a b'],
    ['DATABASE_URL', 'mysql://localhost/x'],
    ['DATABASE_URL', 'localhost:5432'],
    ['PLIMSOLL_ADMIN_TOKEN', 'short'],
    ['PLIMSOLL_ADMIN_TOKEN', 'with space in it'],
    ['PLIMSOLL_MASTER_KEY', 'abcd'],
    ['PLIMSOLL_MASTER_KEY', 'z'.repeat(64)],
    ['PLIMSOLL_SIMULATOR_URL', 'localhost'],
    ['PLIMSOLL_SIMULATOR_URL', 'ftp://127.0.0.1'],
    ['EXCHANGE', 'mtgox'],
    ['EXCHANGE_SANDBOX', 'maybe'],
    ['MAX_POSITION_SIZE', '-5'],
    ['MAX_POSITION_SIZE', '0'],
    ['MAX_POSITION_SIZE', 'NaN'],
    ['MAX_POSITION_SIZE', '1e400'],
    ['MAX_DAILY_LOSS', 'lots'],
    ['RISK_CHECK_ENABLED', 'ja'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s and names it', (variable, text) => {
    const faults = faultsOf({ [variable]: text });
    expect(faults.map((fault) => fault.variable)).toEqual([variable]);
    expect(faults[0]?.reason.length).toBeGreaterThan(10);
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
