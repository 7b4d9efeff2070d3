/** A liquidation that has cost more than the wallet held, at a venue whose lists do not name what its insurance fund has paid. */
import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { asset, tradeId, venueOrderId } from '../ids.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import { realizedToday } from '../risk/equity.ts';
import { ACCOUNT, balanceReport, Desk, NO_LIMITS, SWAP } from '../testing/fixture.ts';

let desk: Desk;
/** An account with 100 USDT that holds 5 at 100, at a mark of 90. */
beforeEach(() => {
  desk = new Desk();
  desk.openAccount(null);
  desk.records([]);
  wallet('100');
  open('5');
  read();
});

function wallet(total: string, given: { comparable?: boolean; paysUnlisted?: boolean } = {}): void {
  const { comparable = true, paysUnlisted = true } = given;
  const key = `${ACCOUNT} linear_swap USDT`;
  const ours = desk.state.balances.get(key)?.total ?? decimal('0');
  desk.run({
    type: 'balances',
    accountId: ACCOUNT,
    comparable,
    reports: [balanceReport('linear_swap', 'USDT', total)],
    paysUnlisted,
    ...(comparable ? {} : { confirmed: new Map([[key, decimal(total).subtract(ours)]]) }),
  });
}

function open(quantity: string | null): void {
  desk.positions(
    quantity === null
      ? []
      : [
          {
            quantity: decimal(quantity),
            positionSide: 'net',
            entryPrice: decimal('100'),
            markPrice: decimal('90'),
          },
        ],
  );
}

function read(): void {
  desk.at += 5_000;
  const prices = ['USDT', instrumentKey(ACCOUNT, SWAP)].map((key) => ({
    key,
    price: decimal(key === 'USDT' ? '1' : '90'),
    at: desk.at,
  }));
  const reading = { mode: 'paper', prices, joinable: [ACCOUNT], first: null, limits: NO_LIMITS } as const;
  desk.run({ type: 'equity_reading', ...reading });
}

/** The venue closes `quantity` at `price`, with a fee of 1. */
function liquidated(quantity: string, price: string): void {
  desk.fills([
    {
      symbol: SWAP,
      tradeId: tradeId(`liquidation ${price}`),
      venueOrderId: venueOrderId('autoclose'),
      venueClientOrderId: null,
      side: 'sell',
      positionSide: 'net',
      sequence: null,
      price: decimal(price),
      quantity: decimal(quantity),
      fee: decimal('1'),
      feeAsset: asset('USDT'),
      liquidity: 'taker',
      realizedPnl: null,
      executedAt: desk.at,
    },
  ]);
}

const held = (): string | undefined =>
  desk.state.balances.get(`${ACCOUNT} linear_swap USDT`)?.total.toString();
const unexplained = (): readonly string[] => desk.state.unexplained.map(({ amount }) => amount.toString());
const today = (): string | undefined =>
  realizedToday(desk.state, ACCOUNT, desk.at, { priceOf: () => null })?.toString();

describe.each([
  ['a reading that nothing overlapped', true],
  ['a difference that several readings have confirmed', false],
])('%s', (_of, comparable) => {
  it('the debt that is gone is insurance of the position: the result is the change of the balance', () => {
    liquidated('5', '75');
    expect(held()).toBe('-26');
    wallet('0', { comparable });
    read();
    expect([held(), unexplained(), today(), desk.equity?.current.toString()]).toEqual(['0', [], '-100', '0']);
    const shown = [...desk.state.drift.values()].find(({ kind }) => kind === 'balance');
    expect(shown).toMatchObject({ ours: '-26', theirs: '0' });
    const [fees] = [...desk.state.positions.values()].map((position) => position.fees);
    expect(fees?.map(({ amount }) => amount.toString())).toEqual(['-25']);
    desk.expectReplayEqual();
  });

  it('what the wallet has above nothing is not explained by it', () => {
    liquidated('5', '75');
    wallet('7', { comparable });
    expect([held(), unexplained(), today()]).toEqual(['7', ['7'], '-100']);
  });
});

it.each([
  ['while a position is open', '4', '65', {}, ['41'], '-141'],
  ['where the wallet is not below zero', '5', '95', {}, ['-6'], '-26'],
  ['where the venue lists what it has paid', '5', '75', { paysUnlisted: false }, ['26'], '-126'],
])('nothing is taken for insurance %s', (_when, quantity, price, given, changes, result) => {
  liquidated(quantity, price);
  wallet(price === '95' ? '68' : '0', given);
  expect([unexplained(), today()]).toEqual([changes, result]);
});

it('nothing is taken for insurance while executions of a position that is gone are awaited', () => {
  liquidated('4', '65');
  open(null);
  wallet('0');
  expect(unexplained()).not.toEqual([]);
});
