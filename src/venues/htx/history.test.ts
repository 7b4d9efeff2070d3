import { expect, it } from 'vitest';
import type { InstrumentKind } from '../../core/instrument.ts';
import { parseExactJson } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { ListedInstrument } from '../markets.ts';
import { finishedOrders } from './history.ts';
import type { HtxRequests } from './requests.ts';

/** By the name that each documentation has for it: "Search Past Orders" of spot, "Get Order History" of contracts. */
const ENDED: readonly (readonly [InstrumentKind, readonly string[]])[] = [
  ['spot', ['filled', 'partial-canceled', 'canceled']],
  ['linear_swap', ['filled', 'partially_canceled', 'canceled']],
];

it.each(ENDED)(
  'every order of %s that ended is asked for, also one that was filled in part',
  async (kind, ended) => {
    const requests = {
      read: async (_endpoint: unknown, parameters: Parameters) => {
        const { states, state: one = '' } = parameters as Readonly<Record<string, string | undefined>>;
        const asked = (states ?? one).split(',');
        const data = ended.filter((state) => asked.includes(state));
        return parseExactJson(JSON.stringify({ status: 'ok', code: 200, data }));
      },
    } as unknown as HtxRequests;
    const listed = { instrument: { kind }, venueSymbol: 'btcusdt' } as unknown as ListedInstrument;
    expect(await finishedOrders(requests, listed, [0, 10], 20)).toEqual(ended);
  },
);
