/** An account that is led towards liquidation alarms, and takes no new risk, before it is liquidated: through real sockets. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { decimal } from '../../src/core/decimal.ts';
import { instrumentSymbol } from '../../src/core/ids.ts';
import { DEFAULT_LIMITS } from '../../src/core/risk/limits.ts';
import { intent, openDeskWorld, PAPER, type DeskWorld } from './desk-world.ts';
import { until } from './until.ts';

const SWAP = instrumentSymbol('BTC/USDT:USDT');

let world: DeskWorld;
beforeEach(async () => {
  world = await openDeskWorld({
    ...DEFAULT_LIMITS,
    maxMarginRatio: decimal('0.6'),
    minLiquidationDistance: decimal('0.015'),
  });
});
afterEach(async () => {
  await world.close();
});

const who = ['test', 'a liquidation'] as const;

async function kinds(): Promise<readonly string[]> {
  return (await world.engine.books.risk()).value.marginAlarms.map(({ kind }) => kind);
}

it('alarms of the distance and of the ratio come before the liquidation, and new risk is refused from then on', async () => {
  const { books, controls, orders } = world.engine;
  await world.control.price(SWAP, '60000', true);
  const leverage = { setting: 'leverage', symbol: SWAP, leverage: decimal('20') } as const;
  expect(await controls.changeSetting(PAPER, leverage, ...who)).toMatchObject({ kind: 'set' });
  const mode = { setting: 'margin_mode', symbol: SWAP, marginMode: 'isolated' } as const;
  expect(await controls.changeSetting(PAPER, mode, ...who)).toMatchObject({ kind: 'set' });
  const buy = intent({ symbol: SWAP, quantity: decimal('1') });
  const bought = await orders.place(buy);
  if (bought.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(bought)}`);
  expect((await orders.settled(bought.order.orderId, 5_000)).status).toBe('filled');

  await until('the venue has shown the margin of the position', async () => {
    const [position] = (await books.positions({})).value;
    return (
      position?.margin?.liquidationDistance !== null && position?.margin?.liquidationDistance !== undefined
    );
  });
  const [position] = (await books.positions({})).value;
  const liquidatedAt = position?.margin?.liquidationPrice;
  if (liquidatedAt === 'none' || liquidatedAt === null || liquidatedAt === undefined)
    throw new Error('a leveraged position has a liquidation price');
  expect(await kinds()).toEqual([]);

  // A thousandth above the liquidation price.
  const near = liquidatedAt.multiply(decimal('1.001')).roundToMultipleOf(decimal('0.1'), 'up');
  await world.control.price(SWAP, near.toString(), true);
  await until('both alarms stand', async () => {
    const standing = await kinds();
    return standing.includes('liquidation_distance') && standing.includes('margin_ratio');
  });
  expect(await world.control.positions()).toHaveLength(1);
  const alarms = (await books.risk()).value.marginAlarms;
  for (const { accountId, symbol, since } of alarms) {
    expect([accountId, symbol]).toEqual([PAPER, SWAP]);
    expect(since).toBeGreaterThan(0);
  }
  const refused = await orders.place(buy);
  const codes = refused.kind === 'denied' ? refused.refusals.map(({ code }) => code) : [];
  expect(codes).toContain('margin_ratio_limit');

  const beyond = liquidatedAt.multiply(decimal('0.99')).roundToMultipleOf(decimal('0.1'), 'down');
  await world.control.price(SWAP, beyond.toString(), true);
  await until('the position is liquidated', async () => (await world.control.positions()).length === 0);
  await until('no alarm is left', async () => (await kinds()).length === 0);
});
