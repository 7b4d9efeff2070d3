/** Margin moved into isolated positions and out of them, and fees in the venue's own coin. The swap is held at 60000. */
import { expect, test } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import { decode, encode } from '../state/codec.ts';
import { exampleConfig, examplePolicy, heldExchange, START_AT } from './example-venue.ts';
import { Exchange } from './exchange.ts';
import type { DoneResult } from './results.ts';
import type { ExchangeSnapshot } from './snapshot.ts';

const AT = START_AT;
const SYMBOL = 'BTC/USDT:USDT';

function buy(exchange: Exchange): void {
  const order = { symbol: SYMBOL, side: 'buy', type: 'market', quantity: decimal('1') } as const;
  const placed = exchange.placeOrder(AT, 'alice', order);
  if (!placed.ok) throw new Error(placed.refusal.code);
}

test('margin goes into an isolated position and out again as far as the position does not need it', () => {
  const exchange = heldExchange();
  const change = (amount: string): string => {
    const result: DoneResult = exchange.changeMargin(AT, 'alice', SYMBOL, 'net', decimal(amount));
    return result.ok ? 'done' : result.refusal.code;
  };
  const margin = (): string | undefined => exchange.positions('alice')[0]?.isolatedMargin.toString();
  const price = (): string | undefined => exchange.positions('alice')[0]?.liquidationPrice?.toString();
  expect(change('100')).toBe('margin_not_isolated');
  exchange.setMarginMode(AT, 'alice', SYMBOL, 'isolated');
  expect(change('100')).toBe('no_position');
  buy(exchange);
  // At 20x 3,000.0005 stand behind 60,000.01.
  expect(margin()).toBe('3000.0005');
  const before = price();
  expect(change('1000')).toBe('done');
  expect([margin(), price() === before]).toEqual(['4000.0005', false]);
  expect(exchange.margin('alice')?.walletBalance.toString()).toBe('99969.999995');
  // 3,000 is needed at the mark of 60,000, and 0.01 is lost.
  expect(change('-999.9906')).toBe('isolated_margin_needed');
  expect(change('-999.9905')).toBe('done');
  expect(change('100000')).toBe('insufficient_balance');
  expect(exchange.marginChanges('alice').map(({ amount }) => amount.toString())).toEqual([
    '1000',
    '-999.9905',
  ]);
  const saved = decode(encode(exchange.snapshot())) as ExchangeSnapshot;
  expect(new Exchange(exampleConfig(), saved).marginChanges('alice')).toEqual(
    exchange.marginChanges('alice'),
  );
});

test('fees are paid in the coin at a discount while there is enough of it, and every asset is conserved', () => {
  const policy = examplePolicy({ feeCoin: { asset: 'ETH', part: decimal('0.9') } });
  const exchange = heldExchange({ policy });
  exchange.deposit(AT, 'alice', 'swap', 'ETH', decimal('0.02'));
  const fees = (): string[] =>
    exchange.fills('alice', { symbol: SYMBOL }).map(({ fee, feeAsset }) => `${fee.toString()} ${feeAsset}`);
  buy(exchange);
  expect(exchange.paysFeesInCoin('alice')).toBe(false);
  exchange.setFeeCoin(AT, 'alice', true);
  buy(exchange);
  buy(exchange);
  buy(exchange);
  // 0.05 % of 60,000.01 is 30.000005 USDT, and 90 % of it at 3,000 a coin 0.009 ETH.
  expect(fees()).toEqual(['30.000005 USDT', '0.009 ETH', '0.009 ETH', '30.000005 USDT']);
  expect(exchange.supply('ETH').toString()).toBe('40.02');
  const saved = decode(encode(exchange.snapshot())) as ExchangeSnapshot;
  expect(new Exchange(exampleConfig({ policy }), saved).paysFeesInCoin('alice')).toBe(true);
});

test('a sale of all of the coin leaves none for its own fee, which is taken from what was received', () => {
  const policy = examplePolicy({ feeCoin: { asset: 'ETH', part: decimal('0.9') } });
  const exchange = heldExchange({ policy });
  exchange.setFeeCoin(AT, 'alice', true, 'spot');
  const ofSpot = () =>
    exchange.balances('alice').find(({ wallet, asset }) => wallet === 'spot' && asset === 'ETH');
  const sell = (quantity: string): string[] => {
    const placed = exchange.placeOrder(AT, 'alice', {
      symbol: 'ETH/USDT',
      side: 'sell',
      type: 'market',
      quantity: decimal(quantity),
    });
    if (!placed.ok) throw new Error(placed.refusal.code);
    return exchange.fills('alice', { symbol: 'ETH/USDT' }).map(({ feeAsset }) => feeAsset);
  };
  expect(sell('1').at(-1)).toBe('ETH');
  const left = ofSpot()?.free ?? decimal('0');
  const lots = left.roundToMultipleOf(decimal('0.001'), 'down');
  expect(sell(lots.toString()).at(-1)).toBe('USDT');
  expect(ofSpot()?.free.isNegative()).toBe(false);
});
