import { expect, it } from 'vitest';
import type { JsonValue } from '../../core/json.ts';
import { instrumentSymbol } from '../../core/ids.ts';
import { parseExactJson } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { ListedInstrument } from '../markets.ts';
import type { BybitAccount } from './account.ts';
import { ENDPOINTS, type Endpoint } from './endpoints.ts';
import { fillsBetween } from './fills.ts';

const AT = 2_000_000_000_000;
const BTC_SWAP = {
  instrument: { kind: 'linear_swap', symbol: instrumentSymbol('BTC/USDT:USDT') },
  venueSymbol: 'BTCUSDT',
} as unknown as ListedInstrument;

function execution(execId: string, execTime: number, closedSize: string): JsonValue {
  return parseExactJson(
    JSON.stringify({
      symbol: 'BTCUSDT',
      execId,
      execTime: String(execTime),
      closedSize,
      side: 'Sell',
      execType: 'Trade',
      execPrice: '59999.9',
      execQty: '0.033',
      execFee: '1.08',
      orderId: 'order',
      orderLinkId: '',
      isMaker: false,
      feeCurrency: 'USDT',
    }),
  );
}

/** The results of a reading of executions, and the questions that it put to the transaction log. */
async function reading(executions: readonly JsonValue[], log: readonly object[]) {
  const asked: Parameters[] = [];
  const account = {
    mode: { value: 'one_way' },
    names: { linear_swap: { kind: 'linear_swap', symbol: () => BTC_SWAP.instrument.symbol } },
    requests: {
      read: async (endpoint: Endpoint, parameters: Parameters) => {
        if (endpoint === ENDPOINTS.executions) return { list: executions, nextPageCursor: '' };
        asked.push(parameters);
        return { list: log.map((row) => parseExactJson(JSON.stringify(row))), nextPageCursor: '' };
      },
    },
  } as unknown as BybitAccount;
  const fills = await fillsBetween(account, BTC_SWAP, AT, AT + 10, 'look_up');
  return { asked, results: fills.map(({ realizedPnl }) => realizedPnl?.toString() ?? null) };
}

it('an execution that is read and was not streamed has the result that Bybit has booked for it', async () => {
  const { asked, results } = await reading(
    [
      execution('closes', AT + 2, '0.033'),
      execution('opens', AT + 1, '0'),
      execution('late', AT + 5, '0.01'),
    ],
    [{ tradeId: 'closes', cashFlow: '-0.00660001', type: 'TRADE' }],
  );
  expect(results).toEqual(['0', '-0.00660001', null]);
  expect(asked).toMatchObject([{ category: 'linear', startTime: AT + 2, endTime: AT + 5 }]);
});

it('executions that closed nothing cost no reading of the transaction log', async () => {
  const { asked, results } = await reading([execution('opens', AT, '0')], []);
  expect(results).toEqual(['0']);
  expect(asked).toEqual([]);
});
