import { SEPARATE_WALLETS } from '../core/balance/wallet.ts';
import { describe, expect, it } from 'vitest';
import { accountId } from '../core/ids.ts';
import type { PositionMode } from '../core/venue/setting.ts';
import { AccountGateway } from './account-gateway.ts';
import { BINANCE_CAPABILITIES } from './binance/capabilities.ts';
import { VenueBreaker } from './breaker.ts';
import type { ConnectedAccount } from './connected-account.ts';
import type { GatewayOptions } from './connection.ts';
import type { GatewayListener } from './gateway.ts';
import { MarketTable } from './markets.ts';
import { ReadFailure } from './read-retry.ts';
import { VenueClock } from './venue-clock.ts';
import { SYSTEM_PLATFORM } from './system-platform.ts';

const OPTIONS: GatewayOptions = {
  accountId: accountId('account'),
  mode: 'paper',
  credentials: { apiKey: 'key', secret: 'secret' },
  endpoints: { rest: null, ws: null },
};

const SILENT: GatewayListener = {
  onOrder: () => undefined,
  onFill: () => undefined,
  onGap: () => undefined,
  onQuote: () => undefined,
  onAccountChanged: () => undefined,
};

/** An account at a venue that lists nothing and answers nothing. */
function silentAccount(ended: string[]): ConnectedAccount {
  const nothing = (): never => {
    throw new ReadFailure('nothing is known here', 'unreachable');
  };
  const unread = async (): Promise<never> => nothing();
  return {
    markets: new MarketTable(),
    requests: {
      breaker: new VenueBreaker({
        failures: 1,
        halfOpenAfterMs: 1,
        scheduler: SYSTEM_PLATFORM.scheduler,
        probe: async () => undefined,
      }),
      rateBudgetLeft: () => 1,
      measureClock: () => undefined,
      close: () => ended.push('requests'),
    },
    orders: { create: nothing, cancel: nothing },
    readings: {
      search: nothing,
      orderByVenueId: unread,
      openOrders: unread,
      fills: unread,
      balances: unread,
      positions: unread,
      positionsOf: unread,
      margins: unread,
      accountRecords: unread,
      positionMode: unread,
      swapSettings: unread,
    },
    settings: { leverage: nothing, marginMode: nothing, positionMode: nothing },
    marketData: { book: unread, dayFigures: unread, trades: unread, candles: unread },
    quotes: {
      state: 'closed',
      latest: () => undefined,
      fresh: unread,
      close: () => ended.push('quotes'),
    },
    privateStreams: new Map(),
    positionMode: 'one_way',
    readMarkets: unread,
    disconnect: async () => {
      ended.push('connections');
    },
  };
}

describe('a gateway that is stopped while it starts', () => {
  it('leaves nothing running, even when it had just connected', async () => {
    const ended: string[] = [];
    const connected = Promise.withResolvers<ConnectedAccount>();
    const gateway = new AccountGateway(OPTIONS, {
      capabilities: BINANCE_CAPABILITIES,
      wallets: SEPARATE_WALLETS,
      clock: new VenueClock(SYSTEM_PLATFORM.scheduler),
      connect: () => connected.promise,
    });
    const starting = gateway.start(SILENT);
    connected.resolve(silentAccount(ended));
    await gateway.stop();
    await expect(starting).rejects.toThrow('the gateway was stopped while it started');
    expect(ended.sort()).toEqual(['connections', 'quotes', 'requests']);
    expect(gateway.instruments()).toEqual([]);
    expect(gateway.connection()).toMatchObject({ privateStream: 'closed', positionMode: null });
  });
});

describe('the position mode', () => {
  it('is not set back by a reading that began before it was set', async () => {
    const reading = Promise.withResolvers<PositionMode>();
    const silent = silentAccount([]);
    const account: ConnectedAccount = {
      ...silent,
      readings: { ...silent.readings, positionMode: () => reading.promise },
      settings: {
        ...silent.settings,
        positionMode: () => ({
          expected: 'the setting',
          leave: async () => ({
            kind: 'answered',
            answer: { status: 200, headers: {}, body: '{}' },
            leftAt: 0,
          }),
          classify: () => ({ kind: 'answered', body: {} }),
          read: () => ({ kind: 'set' }),
        }),
      },
    };
    const gateway = new AccountGateway(OPTIONS, {
      capabilities: BINANCE_CAPABILITIES,
      wallets: SEPARATE_WALLETS,
      clock: new VenueClock(SYSTEM_PLATFORM.scheduler),
      connect: async () => account,
    });
    await gateway.start(SILENT);
    const read = gateway.positionMode();
    expect(await gateway.setPositionMode('hedged')).toEqual({ kind: 'set' });
    reading.resolve('one_way');
    await read;
    expect(gateway.connection().positionMode).toBe('hedged');
    await gateway.stop();
  });
});
