/** Changes of a balance other than by executions, booked by kind from the venue's records, through real sockets. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal, type Decimal } from '../../src/core/decimal.ts';
import { instrumentSymbol } from '../../src/core/ids.ts';
import { intent, MAIN, openDeskWorld, PAPER, type DeskWorld } from './desk-world.ts';
import { expectSameBooks } from './same-books.ts';
import { until } from './until.ts';

const SWAP = instrumentSymbol('BTC/USDT:USDT');

let world: DeskWorld;
beforeEach(async () => {
  world = await openDeskWorld();
});
afterEach(async () => {
  await world.close();
});

async function atVenue(wallet: string): Promise<Decimal> {
  const row = (await world.control.balances()).find((one) => one.wallet === wallet && one.asset === 'USDT');
  return decimal(row?.total ?? '0');
}

async function ours(wallet: string): Promise<string | undefined> {
  const { value } = await world.engine.books.balances(PAPER);
  return value
    .find(({ balance }) => balance.wallet === wallet && balance.asset === 'USDT')
    ?.balance.total.toString();
}

async function recordKinds(): Promise<readonly string[]> {
  const kinds: string[] = [];
  for await (const { type, payload } of (await world.journal.load(MAIN)).records) {
    if (type === 'account_record_booked') kinds.push((payload as { record: { kind: string } }).record.kind);
  }
  return kinds;
}

describe('account records', () => {
  it('a liquidation is booked with its fee: the realised result equals the change of the venue balance', async () => {
    const before = await atVenue('swap');
    await world.control.price(SWAP, '60000');
    const set = await world.engine.controls.changeSetting(
      PAPER,
      { setting: 'leverage', symbol: SWAP, leverage: decimal('20') },
      'test',
      'a liquidation',
    );
    expect(set).toMatchObject({ kind: 'set' });
    for (let placed = 0; placed < 6; placed += 1) {
      const answer = await world.engine.orders.place(intent({ symbol: SWAP, quantity: decimal('5') }));
      if (answer.kind !== 'accepted') break;
      await world.engine.orders.settled(answer.order.orderId, 5_000);
    }
    await world.control.price(SWAP, '52000');
    await until('the position is liquidated', async () => (await world.control.positions()).length === 0);
    const after = await atVenue('swap');
    await until('the books have it', async () => (await ours('linear_swap')) === after.toString());
    expect(await recordKinds()).not.toEqual([]);
    const reading = await world.engine.books.account(PAPER);
    expect(reading?.realizedToday?.toString()).toBe(after.subtract(before).toString());
    expect((await world.engine.books.drift()).value.filter(({ kind }) => kind === 'balance')).toEqual([]);
  });

  it('deposits, withdrawals and transfers are no drift', async () => {
    await world.control.deposit('USDT', '50000');
    await world.control.withdraw('USDT', '1234.5');
    await world.control.transfer('USDT', '700', 'spot', 'swap');
    const [spot, swap] = [await atVenue('spot'), await atVenue('swap')];
    await until('the spot wallet is booked', async () => (await ours('spot')) === spot.toString());
    await until('the swap wallet is booked', async () => (await ours('linear_swap')) === swap.toString());
    expect((await recordKinds()).toSorted()).toEqual([
      'deposit',
      'transfer_in',
      'transfer_out',
      'withdrawal',
    ]);
    await expectSameBooks(world);
    expect((await world.engine.books.drift()).value).toEqual([]);
  });

  it('what goes into Simple Earn and comes back is a transfer: no drift, and no loss', async () => {
    await world.control.transfer('USDT', '700', 'spot', 'earn');
    await world.control.transfer('USDT', '250', 'earn', 'spot');
    const spot = await atVenue('spot');
    await until('the spot wallet is booked', async () => (await ours('spot')) === spot.toString());
    // A record of later is booked after the comparison that has read what the spot balances list of Earn.
    await world.control.deposit('USDT', '10');
    const after = spot.add(decimal('10')).toString();
    await until('the deposit is booked', async () => (await ours('spot')) === after);
    expect((await recordKinds()).toSorted()).toEqual(['deposit', 'transfer_in', 'transfer_out']);
    await expectSameBooks(world);
    expect((await world.engine.books.drift()).value).toEqual([]);
    const unexplained: unknown[] = [];
    for await (const { type, payload } of (await world.journal.load(MAIN)).records)
      if (type === 'capital_moved' && JSON.stringify(payload).includes('"unexplained"'))
        unexplained.push(payload);
    expect(unexplained).toEqual([]);
  });
});
