/** Accounts that are added, replaced and removed in a running engine: each change touches its own account alone. */
import { describe, expect, it } from 'vitest';
import { accountId, type AccountId } from '../../src/core/ids.ts';
import { decimal } from '../../src/core/decimal.ts';
import type { WalletDeclaration } from '../../src/core/balance/wallet.ts';
import type { Quote } from '../../src/core/instrument.ts';
import { IDLE_PAPER_INTERVAL_MS } from '../../src/engine/comparison-pace.ts';
import type { SettingAnswer } from '../../src/engine/desk.ts';
import { A, accepted, B, DeskOfAccounts } from './testing/desk-of-accounts.ts';
import { instrumentSymbol } from '../../src/core/ids.ts';
import { OUR_ACCOUNT, SWAP_SYMBOL } from './venue.ts';

const SWAP = instrumentSymbol(SWAP_SYMBOL);
const ETH = instrumentSymbol('ETH/USDT');
/** A limit order far from the market. */
const RESTING = {
  type: 'limit',
  price: decimal('30000'),
  timeInForce: 'GTC',
  sendWithinMs: 30_000,
} as const;

/** Orders on an account, one every 20 ms, until they are ended; each must be filled. */
function keepTrading(desk: DeskOfAccounts, account: AccountId): { end: () => Promise<number> } {
  const placed: ReturnType<DeskOfAccounts['place']>[] = [];
  const state = { isOn: true };
  const next = (): void => {
    if (!state.isOn) return;
    placed.push(desk.place(account));
    desk.time.after(20, next, null);
  };
  next();
  return {
    end: async () => {
      state.isOn = false;
      await desk.time.runFor(3_000);
      const orders = await Promise.all(placed.map(({ answer }) => desk.order(accepted(answer).orderId)));
      expect(orders.filter(({ status }) => status !== 'filled')).toEqual([]);
      return orders.length;
    },
  };
}

/** Expects an account that was not changed: one gateway, each order sent once, no gap of seq. */
function expectUntouched(desk: DeskOfAccounts, account: AccountId): void {
  const gateways = desk.gatewaysOf(account).filter(({ starts }) => starts > 0);
  expect(gateways.map(({ starts, stops }) => ({ starts, stops }))).toEqual([{ starts: 1, stops: 0 }]);
  const sent = desk.venueOf(account).creates.map(({ clientOrderId }) => clientOrderId);
  expect(new Set(sent).size).toBe(sent.length);
  const seqs = desk.durable.flatMap(({ events }) => events.map(({ seq }) => seq));
  expect(seqs).toEqual(seqs.map((_seq, index) => index + (seqs[0] ?? 0)));
}

describe('adding an account', () => {
  it('disturbs no other: same gateway, every order filled, no gap of seq; the account is opened once and trades', async () => {
    const desk = await new DeskOfAccounts().start();
    const trading = keepTrading(desk, A);
    await desk.time.runFor(200);
    await desk.changed(B, 'keys-1');
    await desk.untilTrading([B]);
    const order = await desk.placed(B);
    await desk.untilStatus(order.orderId, 'filled');
    // The same once more changes nothing.
    await desk.changed(B, 'keys-1');
    await desk.time.runFor(500);
    expect(await trading.end()).toBeGreaterThan(20);
    expectUntouched(desk, A);
    expectUntouched(desk, B);
    expect([...desk.openings()]).toEqual([
      [A, 1],
      [B, 1],
    ]);
  });

  it('whose venue does not answer holds up neither the change, nor others, nor the readings of equity', async () => {
    const desk = await new DeskOfAccounts().start();
    await desk.time.runFor(3_000);
    const trading = keepTrading(desk, A);
    const before = desk.time.now();
    await desk.changed(B, 'keys-1', (gateway) => (gateway.isUnreachable = true));
    expect(desk.time.now() - before).toBeLessThan(100);
    const refused = desk.place(B);
    await desk.time.runFor(3_000);
    expect(refused.answer).toMatchObject({ name: 'EngineUnavailable', reason: 'venue_unreachable' });
    const readings = desk.durable.flatMap(({ events }) =>
      events.filter(({ at, event }) => event.type === 'equity_observed' && at > before),
    );
    expect(readings).not.toEqual([]);
    desk.gatewayOf(B).isUnreachable = false;
    await desk.untilTrading([B]);
    await desk.untilStatus((await desk.placed(B)).orderId, 'filled');
    await trading.end();
    expectUntouched(desk, A);
  });

  it('twenty at once opens each of them once, and they trade', async () => {
    const desk = await new DeskOfAccounts().start();
    const added = Array.from({ length: 20 }, (_unused, index) => accountId(`account-${index}`));
    const trading = keepTrading(desk, A);
    for (const account of added) desk.change(account, 'keys-1');
    await desk.untilTrading(added);
    for (const account of added) await desk.untilStatus((await desk.placed(account)).orderId, 'filled');
    await trading.end();
    expectUntouched(desk, A);
    expect(desk.openings().size).toBe(21);
    expect(new Set(desk.openings().values())).toEqual(new Set([1]));
  });

  it('before the portfolio is owned opens it when it is', async () => {
    const desk = new DeskOfAccounts();
    const starting = desk.start();
    desk.change(B, 'keys-1');
    await starting;
    await desk.untilTrading([A, B]);
    expect([...desk.openings().values()]).toEqual([1, 1]);
    expectUntouched(desk, B);
  });
});

describe('removing an account', () => {
  it('waits for an answer under way, books it, then stops the gateway; its orders and balances stay readable, and its position is there again with it', async () => {
    const desk = await new DeskOfAccounts([A, B]).start();
    const trading = keepTrading(desk, A);
    const gateway = desk.gatewayOf(B);
    gateway.holdsAnswers = true;
    const order = await desk.placed(B);
    await desk.time.runFor(500);
    const { state } = desk.change(B, null);
    await desk.time.runFor(1_000);
    const late = desk.place(B);
    await desk.time.runFor(100);
    expect(late.answer).toEqual({ kind: 'unknown_account' });
    expect({ stops: gateway.stops, isDone: state.isDone }).toEqual({ stops: 0, isDone: false });
    gateway.answerNow();
    await desk.time.runWhile(() => !state.isDone, 1_000, 'the removal');
    expect(gateway.stops).toBe(1);
    await desk.untilStatus(order.orderId, 'filled', 1_000);
    const positions = async (): Promise<readonly boolean[]> =>
      (await desk.engine.books.positions({ accountIds: [B] })).value.map(({ position }) =>
        position.netQuantity.isPositive(),
      );
    expect(await positions()).toEqual([]);
    expect((await desk.engine.books.balances(B)).value).not.toEqual([]);
    const again = desk.change(B, 'keys-1').state;
    await desk.time.runWhile(() => !again.isDone, 1_000, 'the account that is added anew');
    expect(await positions()).toEqual([true]);
    await trading.end();
    expectUntouched(desk, A);
  });

  it('cancels an order that was accepted and had not been sent', async () => {
    const desk = await new DeskOfAccounts([A, B]).start();
    desk.gatewayOf(B).throttles = true;
    const order = await desk.placed(B, { type: 'limit', price: decimal('30000'), sendWithinMs: 30_000 });
    await desk.untilStatus(order.orderId, 'accepted', 2_000);
    await desk.changed(B, null);
    await desk.untilStatus(order.orderId, 'canceled', 10_000);
    expect(desk.venueOf(B).creates).toEqual([]);
  });

  it('cancels an order whose send was under way when it began, before the gateway stops', async () => {
    const desk = await new DeskOfAccounts([A, B]).start();
    const gateway = desk.gatewayOf(B);
    gateway.holdsAnswers = true;
    const order = await desk.placed(B, RESTING);
    await desk.time.runFor(500);
    const { state } = desk.change(B, null);
    await desk.time.runFor(500);
    gateway.answerNow();
    await desk.time.runWhile(() => !state.isDone, 10_000, 'the removal');
    expect((await desk.order(order.orderId)).status).toBe('canceled');
    expect(desk.venueOf(B).exchange.openOrders(OUR_ACCOUNT, {})).toEqual([]);
    expect(gateway.stops).toBe(1);
  });

  it('is refused while an order does not end, and the account then trades as before', async () => {
    const desk = await new DeskOfAccounts([A, B]).start();
    const gateway = desk.gatewayOf(B);
    const order = await desk.placed(B, RESTING);
    await desk.untilStatus(order.orderId, 'open');
    gateway.refusesCancels = true;
    const closing = desk.close(B);
    await desk.time.runFor(1_000);
    const late = desk.place(B);
    await desk.time.runWhile(() => closing.open === null, 20_000, 'the closing');
    expect(late.answer).toEqual({ kind: 'unknown_account' });
    expect(closing.open?.map(({ orderId }) => orderId)).toEqual([order.orderId]);
    expect(gateway.stops).toBe(0);
    await desk.untilStatus((await desk.placed(B)).orderId, 'filled');
    gateway.refusesCancels = false;
    await desk.untilStatus(order.orderId, 'canceled', 20_000);
    const again = desk.close(B);
    await desk.time.runWhile(() => again.open === null, 20_000, 'the closing');
    expect(again.open).toEqual([]);
    // The directory kept the account: it is opened to orders again.
    await desk.changed(B, 'keys-1');
    await desk.untilStatus((await desk.placed(B)).orderId, 'filled');
    await desk.changed(B, null);
    expect(gateway.stops).toBe(1);
  });

  it('that the directory has made already keeps the gateway until a later try finds the orders ended', async () => {
    const desk = await new DeskOfAccounts([A, B]).start();
    const gateway = desk.gatewayOf(B);
    const order = await desk.placed(B, RESTING);
    await desk.untilStatus(order.orderId, 'open');
    gateway.refusesCancels = true;
    const { done } = desk.change(B, null);
    const refused = expect(done).rejects.toThrow(order.orderId);
    await desk.time.runFor(10_000);
    await refused;
    expect(gateway.stops).toBe(0);
    gateway.refusesCancels = false;
    await desk.changed(B, null);
    expect(gateway.stops).toBe(1);
    expect((await desk.order(order.orderId)).status).toBe('canceled');
  });

  it('an order whose account is not there is not acknowledged as being canceled', async () => {
    const desk = await new DeskOfAccounts([A, B]).start();
    const order = await desk.placed(B, RESTING);
    await desk.untilStatus(order.orderId, 'open');
    desk.crash();
    desk.directory.delete(B);
    await desk.start();
    expect(await desk.cancelAnswer(order.orderId)).toMatchObject({
      kind: 'no_account',
      order: { orderId: order.orderId, cancelRequested: false },
    });
  });

  it('that never could connect ends its tries', async () => {
    const desk = await new DeskOfAccounts().start();
    await desk.changed(B, 'keys-1', (gateway) => (gateway.isUnreachable = true));
    await desk.time.runFor(2_500);
    await desk.changed(B, null);
    const gateway = desk.gatewayOf(B);
    const { starts } = gateway;
    await desk.time.runFor(5_000);
    expect(gateway.starts).toBe(starts);
    expectUntouched(desk, A);
  });

  it('ends its comparisons: its working orders are read no more', async () => {
    const desk = await new DeskOfAccounts([A, B]).start();
    const gateway = desk.gatewayOf(B);
    const { listings } = gateway;
    await desk.time.runFor(2 * IDLE_PAPER_INTERVAL_MS);
    expect(gateway.listings).toBeGreaterThan(listings);
    await desk.changed(B, null);
    const atRemoval = gateway.listings;
    await desk.time.runFor(2 * IDLE_PAPER_INTERVAL_MS);
    expect(gateway.listings).toBe(atRemoval);
  });
});

describe('replacing the keys of an account', () => {
  it('while it trades: every order is sent once and filled, through one gateway and then through the other', async () => {
    const desk = await new DeskOfAccounts([A, B]).start();
    const [tradingA, tradingB] = [keepTrading(desk, A), keepTrading(desk, B)];
    await desk.time.runFor(500);
    await desk.changed(B, 'keys-2');
    await desk.time.runFor(8_000);
    await tradingA.end();
    const orders = await tradingB.end();
    const [former, present] = desk.gatewaysOf(B);
    expect([former?.stops, present?.stops]).toEqual([1, 0]);
    expect((former?.sends ?? 0) + (present?.sends ?? 0)).toBe(orders);
    expect(present?.sends).toBeGreaterThan(0);
    expect(desk.venueOf(B).creates).toHaveLength(orders);
    expectUntouched(desk, A);
    expect([...desk.openings().values()]).toEqual([1, 1]);
  });

  it('never sends again what the former gateway was not answered for: the new one looks it up', async () => {
    const desk = await new DeskOfAccounts([A, B]).start();
    const former = desk.gatewayOf(B);
    // Between two comparisons, with a stream as silent as its answers.
    await desk.time.runFor(3_000);
    former.holdsAnswers = true;
    former.breakStream(60_000);
    const order = await desk.placed(B, { type: 'limit', price: decimal('30000'), timeInForce: 'GTC' });
    await desk.time.runFor(500);
    expect((await desk.order(order.orderId)).status).toBe('submitting');
    // No comparison finds the order first.
    former.listsNothing = true;
    await desk.changed(B, 'keys-2', (gateway) => (gateway.listsNothing = true));
    await desk.untilStatus(order.orderId, 'open', 20_000);
    const present = desk.gatewayOf(B);
    expect(former.stops).toBe(1);
    expect([former.sends, present.sends]).toEqual([1, 0]);
    expect(present.lookUps).toBeGreaterThan(0);
    expect(desk.venueOf(B).creates).toHaveLength(1);
    // An answer that comes later still changes nothing.
    former.answerNow();
    await desk.time.runFor(2_000);
    expect((await desk.order(order.orderId)).status).toBe('open');
    const types = desk.durable.flatMap(({ events }) => events.map(({ event }) => event.type));
    expect(types).toContain('send_unknown');
  });

  it('of one that is not connected takes the new keys at once', async () => {
    const desk = await new DeskOfAccounts().start();
    await desk.changed(B, 'wrong', (gateway) => (gateway.isUnreachable = true));
    await desk.time.runFor(1_500);
    await desk.changed(B, 'keys-2');
    await desk.untilTrading([B]);
    const [former, present] = desk.gatewaysOf(B);
    expect([former?.starts, present?.starts, present?.stops]).toEqual([2, 1, 0]);
    await desk.time.runFor(5_000);
    expect(former?.starts).toBe(2);
    await desk.untilStatus((await desk.placed(B)).orderId, 'filled');
    expect([...desk.openings().values()]).toEqual([1, 1]);
  });

  it('keeps the former gateway for as long as the new one cannot connect or has no prices, and its subscriptions notice nothing', async () => {
    const desk = await new DeskOfAccounts([A, B]).start();
    await desk.untilStatus((await desk.placed(B)).orderId, 'filled');
    const quotes: Quote[] = [];
    // Only the subscription asks for this quote.
    desk.engine.markets.watchQuote(B, ETH, (quote) => quotes.push(quote));
    await desk.changed(B, 'keys-2', (gateway) => {
      gateway.isUnreachable = true;
      gateway.hasNoQuotes = true;
    });
    const [former, present] = desk.gatewaysOf(B);
    if (former === undefined || present === undefined) throw new Error('two gateways were made');
    await desk.time.runFor(5_000);
    await desk.untilStatus((await desk.placed(B)).orderId, 'filled');
    present.isUnreachable = false;
    await desk.time.runFor(3_000);
    expect(present.isStarted).toBe(true);
    await desk.untilStatus((await desk.placed(B)).orderId, 'filled');
    expect([former.sends, present.sends]).toEqual([3, 0]);
    present.hasNoQuotes = false;
    await desk.time.runFor(1_000);
    expect([former.stops, present.quotesAsked.has(ETH)]).toEqual([1, true]);
    const received = quotes.length;
    await desk.time.runFor(2_000);
    expect(quotes.length).toBeGreaterThan(received);
    await desk.untilStatus((await desk.placed(B)).orderId, 'filled');
    expect(present.sends).toBe(1);
    expectUntouched(desk, A);
  });

  it('back to the former ones while the new gateway is connecting keeps the former gateway, and the new one never comes into use', async () => {
    const desk = await new DeskOfAccounts([A, B]).start();
    await desk.changed(B, 'keys-2', (gateway) => (gateway.isUnreachable = true));
    await desk.time.runFor(1_000);
    const [former, refused] = desk.gatewaysOf(B);
    if (former === undefined || refused === undefined) throw new Error('two gateways were made');
    expect(refused.starts).toBeGreaterThan(0);
    await desk.changed(B, 'keys-1');
    refused.isUnreachable = false;
    await desk.time.runFor(20_000);
    await desk.untilStatus((await desk.placed(B)).orderId, 'filled');
    expect([former.sends, former.stops]).toEqual([1, 0]);
    expect([refused.sends, refused.isStarted]).toEqual([0, false]);
  });

  it('journals the wallets that the new gateway declares once it has taken over', async () => {
    const desk = await new DeskOfAccounts([A, B]).start();
    const wallets: readonly WalletDeclaration[] = [
      { wallet: 'unified', kinds: ['spot', 'linear_swap'], collateral: 'settle_asset' },
    ];
    await desk.changed(B, 'keys-2', (gateway) => {
      gateway.wallets = wallets;
    });
    await desk.time.runFor(5_000);
    expect(desk.gatewaysOf(B).map(({ stops }) => stops)).toEqual([1, 0]);
    const declared = desk.durable
      .flatMap(({ events }) => events.map(({ event }) => event))
      .filter(({ type }) => type === 'wallets_declared');
    expect(declared).toEqual([{ type: 'wallets_declared', accountId: B, wallets }]);
  });

  it('answers a setting that was under way once, by a reading of the new gateway', async () => {
    const desk = await new DeskOfAccounts([A, B]).start();
    const former = desk.gatewayOf(B);
    former.holdsAnswers = true;
    const answers: SettingAnswer[] = [];
    desk.time.after(
      0,
      () =>
        void desk.engine.controls
          .changeSetting(B, { setting: 'leverage', symbol: SWAP, leverage: decimal('7') }, 'test', 'a test')
          .then((answer) => answers.push(answer)),
      desk.gate,
    );
    await desk.time.runFor(500);
    await desk.changed(B, 'keys-2');
    await desk.time.runFor(1_000);
    former.answerNow();
    await desk.time.runFor(2_000);
    expect(answers).toEqual([{ kind: 'set', confirmedBy: 'reading' }]);
    const answered = desk.durable.flatMap(({ events }) =>
      events.filter(({ event }) => event.type === 'setting_answered'),
    );
    expect(answered).toHaveLength(1);
    const [position] = desk
      .venueOf(B)
      .exchange.positions(OUR_ACCOUNT)
      .filter(({ symbol }) => symbol === SWAP_SYMBOL);
    expect(position?.leverage).toBe(7);
  });
});

describe('changes of one account', () => {
  it('run one after another, and the last one decides', async () => {
    const desk = await new DeskOfAccounts().start();
    const trading = keepTrading(desk, A);
    const wishes = ['keys-1', 'keys-2', 'keys-3', null, 'keys-4', 'keys-5'];
    const changes = wishes.map((keys) => desk.change(B, keys));
    await desk.time.runWhile(() => changes.some(({ state }) => !state.isDone), 60_000, 'the changes');
    await desk.untilTrading([B]);
    await desk.time.runFor(10_000);
    const living = desk.gatewaysOf(B).filter(({ starts, stops }) => starts > 0 && stops === 0);
    expect(living).toEqual([desk.gatewaysOf(B).find(({ isStarted, stops }) => isStarted && stops === 0)]);
    await desk.untilStatus((await desk.placed(B)).orderId, 'filled');
    expect(living[0]?.sends).toBe(1);
    expect([...desk.openings().values()]).toEqual([1, 1]);
    await trading.end();
    expectUntouched(desk, A);
  });

  it('each read the wanted account after the one before has ended, however long that takes', async () => {
    const desk = await new DeskOfAccounts([A, B]).start();
    const steps: string[] = [];
    const replacing = desk.engine.alignAccount(B, async () => {
      steps.push('keys are read');
      await new Promise<void>((resolve) => desk.time.after(1_000, resolve, desk.gate));
      steps.push('keys were read');
      desk.directory.set(B, 'keys-2');
      return desk.account(B);
    });
    const removing = desk.engine.alignAccount(B, () => {
      steps.push('the removal is read');
      return Promise.resolve(null);
    });
    await desk.time.runFor(5_000);
    await Promise.all([replacing, removing]);
    expect(steps).toEqual(['keys are read', 'keys were read', 'the removal is read']);
    const refused = desk.place(B);
    await desk.time.runFor(100);
    expect(refused.answer).toEqual({ kind: 'unknown_account' });
    expect(desk.gatewaysOf(B).filter(({ starts, stops }) => starts > 0 && stops === 0)).toEqual([]);
  });

  it('one that fails to be read changes nothing, and the next one goes on', async () => {
    const desk = await new DeskOfAccounts([A, B]).start();
    const failed = desk.engine.alignAccount(B, () => Promise.reject(new Error('the database is gone')));
    await expect(failed).rejects.toThrow('the database is gone');
    await desk.untilStatus((await desk.placed(B)).orderId, 'filled');
    await desk.changed(B, 'keys-2');
    await desk.time.runFor(2_000);
    await desk.untilStatus((await desk.placed(B)).orderId, 'filled');
    expect(desk.gatewayOf(B).sends).toBe(1);
  });

  it.each([
    ['an addition', [A], 'keys-1'],
    ['a replacement', [A, B], 'keys-2'],
    ['a removal', [A, B], null],
  ] as const)(
    'a crash at any moment of %s leaves engine and directory in agreement',
    async (_what, accounts, keys) => {
      for (let afterMs = 0; afterMs <= 60; afterMs += 3) {
        const desk = await new DeskOfAccounts(accounts).start();
        const onA = desk.place(A);
        const onB = accounts.some((account) => account === B) ? desk.place(B) : null;
        await desk.time.runFor(4);
        desk.change(B, keys);
        await desk.time.runFor(afterMs);
        desk.crash();
        await desk.start();
        const present = [await desk.isTrading(A), await desk.isTrading(B)];
        expect({ afterMs, present }).toEqual({ afterMs, present: [true, keys !== null] });
        expect([...desk.openings().values()].every((count) => count === 1)).toBe(true);
        await desk.time.runFor(20_000);
        for (const { answer } of [onA, ...(keys === null || onB === null ? [] : [onB])])
          if (answer !== null) await desk.untilStatus(accepted(answer).orderId, 'filled');
        for (const account of [A, B]) {
          const sent = desk.venueOf(account).creates.filter(({ verdict }) => verdict.kind === 'placed');
          expect(sent.length).toBeLessThanOrEqual(1);
        }
      }
    },
  );
});
