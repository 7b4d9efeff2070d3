/** A gateway to a venue that answers nothing, for tests that need an answer or two: `answers` stand in for the rest. */
import { SEPARATE_WALLETS } from '../../core/balance/wallet.ts';
import type { VenueCapabilities } from '../../core/venue/capabilities.ts';
import { ACCOUNT, CAPABILITIES, START } from '../../core/testing/fixture.ts';
import type { Gateway, ReadAnswer } from '../../venues/gateway.ts';

const UNREACHABLE: ReadAnswer<never> = { kind: 'failed', reason: 'unreachable', detail: 'nothing answers' };
const NOT_SENT = { kind: 'not_sent', reason: 'connect_failed', detail: 'nothing answers' } as const;

const VENUE: VenueCapabilities = {
  venue: 'binance',
  kinds: { spot: CAPABILITIES, linear_swap: CAPABILITIES },
  modes: { paper: true, testnet: true, live: true },
  reportsKeyPermissions: true,
};

export function silentGateway(answers: Partial<Gateway> = {}): Gateway {
  const unreachable = async (): Promise<ReadAnswer<never>> => UNREACHABLE;
  const notSent = async (): Promise<typeof NOT_SENT> => NOT_SENT;
  return {
    accountId: ACCOUNT,
    venue: 'binance',
    mode: 'paper',
    capabilities: VENUE,
    wallets: SEPARATE_WALLETS,
    start: async () => undefined,
    stop: async () => undefined,
    instrument: () => undefined,
    instruments: () => [],
    quote: () => undefined,
    freshQuote: unreachable,
    venueNow: () => START,
    connection: () => ({
      privateStream: 'connected',
      publicStream: 'connected',
      breaker: 'closed',
      rateBudgetLeft: 1,
      clockOffsetMs: 0,
      positionMode: null,
    }),
    send: notSent,
    cancel: notSent,
    lookUp: async () => ({ kind: 'failed', detail: 'nothing answers' }),
    orderByVenueId: unreachable,
    openOrders: unreachable,
    fills: unreachable,
    balances: unreachable,
    positions: unreachable,
    margins: unreachable,
    accountRecords: unreachable,
    book: unreachable,
    dayFigures: unreachable,
    trades: unreachable,
    candles: unreachable,
    setLeverage: notSent,
    setMarginMode: notSent,
    setPositionMode: notSent,
    swapSettings: unreachable,
    positionMode: unreachable,
    ...answers,
  };
}

/** The answer of a read of `value`. */
export function read<Value>(value: Value): ReadAnswer<Value> {
  return { kind: 'ok', value, startedAt: START, finishedAt: START };
}
