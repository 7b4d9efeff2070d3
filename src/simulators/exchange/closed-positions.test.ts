import { describe, expect, test } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import type { FundingPayment } from './account.ts';
import { closedPositions } from './closed-positions.ts';
import type { Fill } from './order.ts';

let ids = 0;

function fill(side: 'buy' | 'sell', quantity: string, price: string, more: Partial<Fill> = {}): Fill {
  const cost = decimal(quantity).multiply(decimal(price));
  return {
    tradeId: String((ids += 1)),
    venueOrderId: String(ids),
    clientOrderId: null,
    accountId: 'paper',
    symbol: 'BTC/USDT:USDT',
    marketType: 'swap',
    side,
    positionSide: 'net',
    price: decimal(price),
    quantity: decimal(quantity),
    cost,
    fee: cost.multiply(decimal('0.001')),
    feeAsset: 'USDT',
    liquidity: 'taker',
    realizedPnl: decimal('0'),
    at: ids,
    ...more,
  };
}

function paid(amount: string, at: number): FundingPayment {
  return {
    symbol: 'BTC/USDT:USDT',
    positionSide: 'net',
    asset: 'USDT',
    amount: decimal(amount),
    rate: decimal('0.0001'),
    markPrice: decimal('100'),
    quantity: decimal('1'),
    at,
  };
}

describe('closed positions', () => {
  test('averages, fees of both ends and the most held, once it is flat', () => {
    const fills = [
      fill('buy', '1', '100'),
      fill('buy', '1', '110'),
      fill('sell', '1', '120', { realizedPnl: decimal('15') }),
    ];
    expect(closedPositions(fills, [])).toEqual([]);
    const [closed] = closedPositions(
      [...fills, fill('sell', '1', '130', { realizedPnl: decimal('25') })],
      [],
    );
    expect(closed?.direction).toBe('long');
    const figures = {
      openPrice: '105',
      closePrice: '125',
      closedQuantity: '2',
      mostHeld: '2',
      pnl: '40',
      openFees: '0.21',
      closeFees: '0.25',
      openedCost: '210',
      closedCost: '250',
    } as const;
    for (const [name, value] of Object.entries(figures))
      expect(closed?.[name as keyof typeof figures].toString(), name).toBe(value);
  });

  test('a fill that flips a position ends one and begins the next with what is left over', () => {
    const closed = closedPositions(
      [
        fill('sell', '2', '100'),
        fill('buy', '3', '90', { realizedPnl: decimal('20') }),
        fill('sell', '1', '95', { realizedPnl: decimal('5') }),
      ],
      [],
    );
    expect(closed.map(({ direction, pnl }) => [direction, pnl.toString()])).toEqual([
      ['short', '20'],
      ['long', '5'],
    ]);
    expect(closed[0]?.closeFees.toString()).toBe('0.18');
    expect(closed[1]?.openFees.toString()).toBe('0.09');
  });

  test('funding counts between the first fill and the last, and sides of a hedged account are apart', () => {
    const opened = fill('buy', '1', '100', { at: 10 });
    const ended = fill('sell', '1', '100', { at: 20 });
    const [closed] = closedPositions([opened, ended], [paid('-1', 9), paid('-2', 15), paid('-4', 21)]);
    expect(closed?.funding.toString()).toBe('-2');
    const sides = closedPositions(
      [
        fill('buy', '1', '100', { positionSide: 'long' }),
        fill('sell', '1', '100', { positionSide: 'short' }),
        fill('buy', '1', '100', { positionSide: 'short' }),
      ],
      [],
    );
    expect(sides.map(({ side, direction }) => [side, direction])).toEqual([['short', 'short']]);
  });
});
