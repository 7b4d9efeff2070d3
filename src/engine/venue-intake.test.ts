import { balanceReport } from '../core/testing/fixture.ts';
import { SEPARATE_WALLETS } from '../core/balance/wallet.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import {
  instrumentSymbol,
  orderId,
  portfolioId,
  tradeId,
  venueClientOrderId,
  venueOrderId,
  type InstrumentSymbol,
  type TimeMs,
} from '../core/ids.ts';
import type { OrderReport, VenueFill } from '../core/venue/report.ts';
import { ACCOUNT, marketContext, orderRequest, setting, SPOT, START } from '../core/testing/fixture.ts';
import { MemoryStorage, openMemoryJournal } from '../journal/testing/memory-journal.ts';
import { memoryReadModels } from '../journal/testing/memory-read-models.ts';
import { VirtualScheduler } from '../journal/testing/virtual-scheduler.ts';
import { Background } from './background.ts';
import type { DurableEvents } from './desk.ts';
import { CATCH_UP_AFTER_MS, MOST_IN_GROUP, MOST_WAITING, MOST_WAITING_IN_ALL } from './external-intake.ts';
import { createIdentity } from './identity.ts';
import { EXTERNAL_WAIT_MS, type InboxLane } from './inbox.ts';
import { silentLog, type Log } from './log.ts';
import { QuoteSubscriptions } from './quote-subscriptions.ts';
import { VenueIntake } from './venue-intake.ts';
import { PortfolioWriter } from './writer.ts';
import { clockOf } from './testing/scheduler-clock.ts';

const MAIN = portfolioId('main');
const OTHER = instrumentSymbol('ETH/USDT');
const IDENTITY = createIdentity('t', () => 0.5);

let scheduler: VirtualScheduler;

beforeEach(() => {
  scheduler = new VirtualScheduler(START);
  scheduler.runByItself();
});
afterEach(() => {
  scheduler.stop();
});

/** A writer and the intake before it; `venue` is what a reading of executions finds there. */
class Desk {
  readonly storage = new MemoryStorage(scheduler);
  readonly clock = clockOf(scheduler);
  readonly durable: DurableEvents[] = [];
  readonly submitted: InboxLane[] = [];
  /** Trade ids of each question about executions, and how many orders were asked for by their venue ids. */
  readonly questions: number[] = [];
  ordersAsked = 0;
  readonly venue: VenueFill[] = [];
  readonly readings: { readonly symbol: InstrumentSymbol; readonly since: TimeMs; readonly at: number }[] =
    [];
  isVenueUnavailable = false;
  isListed = true;
  readonly complaints: string[] = [];
  readonly writer = new PortfolioWriter({
    portfolioId: MAIN,
    node: 'node-1',
    journal: openMemoryJournal({ storage: this.storage, random: () => 0.5 }),
    clock: this.clock,
    log: silentLog,
    settingOf: () => setting(),
    onEffects: () => undefined,
    onDurable: (durable) => this.durable.push(durable),
    observations: () => [],
    onFenced: () => undefined,
  });
  readonly intake: VenueIntake = this.#makeIntake();

  #makeIntake(): VenueIntake {
    const stored = memoryReadModels(this.storage);
    const log: Log = { ...silentLog, error: (_fields, message) => this.complaints.push(message) };
    return new VenueIntake({
      portfolioId: MAIN,
      readModels: {
        knownFills: (portfolio, account, symbol, trades) => {
          this.questions.push(trades.length);
          return stored.knownFills(portfolio, account, symbol, trades);
        },
        orderByVenueOrderId: (...asked) => {
          this.ordersAsked += 1;
          return stored.orderByVenueOrderId(...asked);
        },
        orderByVenueClientOrderId: (...asked) => stored.orderByVenueClientOrderId(...asked),
      },
      identity: IDENTITY,
      clock: this.clock,
      log,
      background: new Background(MAIN, this.clock, log),
      subscriptions: new QuoteSubscriptions(),
      state: () => this.writer.state,
      submit: (lane, make, known) => {
        this.submitted.push(lane);
        return this.writer.submit(lane, make, known);
      },
      fetchFills: (accountId, symbol, since) => this.#read(accountId, symbol, since),
      isListed: () => this.isListed,
    });
  }

  async #read(accountId: typeof ACCOUNT, symbol: InstrumentSymbol, since: TimeMs): Promise<boolean> {
    this.readings.push({ symbol, since, at: scheduler.monotonicMs() });
    if (this.isVenueUnavailable) return false;
    const listed = this.venue.filter((fill) => fill.symbol === symbol && fill.executedAt >= since);
    await this.intake.takeFills(
      accountId,
      symbol,
      listed.map((fill) => ({ ...fill, venueClientOrderId: null })),
      'read',
    );
    return true;
  }

  async open(): Promise<this> {
    await this.writer.open();
    const account = {
      accountId: ACCOUNT,
      venue: 'binance',
      mode: 'paper',
      wallets: SEPARATE_WALLETS,
      instance: null,
    } as const;
    await this.writer.submit('venue', () => ({ type: 'account', ...account }));
    await this.writer.submit('venue', () => ({
      type: 'balances',
      accountId: ACCOUNT,
      comparable: true,
      reports: [balanceReport('spot', 'USDT', '1000')],
    }));
    return this;
  }

  receive(fill: VenueFill): void {
    this.intake.listenerFor(ACCOUNT, () => undefined).onFill(fill);
  }

  /** An order of ours that is on its way: no answer has given its venue id. */
  async place(id: string): Promise<void> {
    await this.writer.submit('place', () => ({
      type: 'place_order',
      request: orderRequest({
        orderId: orderId(id),
        venueClientOrderId: IDENTITY.venueClientOrderId('letters_and_digits'),
        quantity: decimal('1'),
        price: decimal('100'),
      }),
      setting: setting(),
      context: marketContext(),
      prior: null,
    }));
  }

  /** How often each execution of others is in the journal. */
  booked(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { event } of this.durable.flatMap(({ events }) => events)) {
      if (event.type !== 'external_fill_seen') continue;
      const key = `${event.fill.symbol} ${event.fill.tradeId}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  }

  async until(condition: () => boolean): Promise<void> {
    for (let round = 0; round < 100_000; round += 1) {
      if (condition()) return;
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    throw new Error('the condition did not come');
  }

  async idle(): Promise<void> {
    await this.until(() => !this.intake.isBehind(ACCOUNT));
  }
}

function externalFill(trade: number, given: Partial<VenueFill> = {}): VenueFill {
  return {
    symbol: SPOT,
    tradeId: tradeId(`${trade}`),
    venueOrderId: venueOrderId(`s-${trade}`),
    venueClientOrderId: venueClientOrderId(`bot-${trade}`),
    side: 'buy',
    positionSide: 'net',
    sequence: null,
    price: decimal('100'),
    quantity: decimal('0.01'),
    fee: decimal('0'),
    feeAsset: null,
    liquidity: 'taker',
    realizedPnl: null,
    executedAt: START,
    ...given,
  };
}

const onceEach = (count: number): number[] => Array.from({ length: count }, () => 1);

describe('external executions on the same keys', () => {
  it('are looked up and decided in groups, each once', async () => {
    const desk = await new Desk().open();
    for (let trade = 0; trade < 950; trade += 1) desk.receive(externalFill(trade));
    // A venue may report the same execution twice.
    for (let trade = 0; trade < 950; trade += 50) desk.receive(externalFill(trade));
    expect(desk.intake.isBehind(ACCOUNT)).toBe(true);
    await desk.idle();
    expect([...desk.booked().values()]).toEqual(onceEach(950));
    expect(desk.questions.length).toBe(Math.ceil(969 / MOST_IN_GROUP));
    expect(Math.max(...desk.questions)).toBe(MOST_IN_GROUP);
    expect(desk.ordersAsked).toBe(0);
    expect(new Set(desk.submitted)).toEqual(new Set(['external']));
    expect(desk.complaints).toEqual([]);
  });

  it('wait behind ours, and one that turns out to be ours is decided with ours', async () => {
    const desk = await new Desk().open();
    await desk.place('one');
    const order = desk.writer.state.unfinished.get(orderId('one'));
    if (order === undefined) throw new Error('the order is in memory');
    for (let trade = 0; trade < 1_000; trade += 1) desk.receive(externalFill(trade));
    // Reported without a client id while the answer to its create is on its way: its order cannot be known yet.
    const early = externalFill(5_000, { venueOrderId: venueOrderId('v-one'), venueClientOrderId: null });
    desk.receive({ ...early, quantity: decimal('0.4') });
    desk.receive({
      ...externalFill(5_001, { venueOrderId: venueOrderId('v-one'), quantity: decimal('0.1') }),
      venueClientOrderId: order.venueClientOrderId,
    });
    const filled = (): string =>
      desk.writer.state.unfinished.get(orderId('one'))?.filledQuantity.toString() ?? '';
    await desk.until(() => filled() !== '0');
    expect(filled()).toBe('0.1');
    expect(desk.booked().size).toBeLessThanOrEqual(MOST_IN_GROUP);
    await desk.idle();
    expect(filled()).toBe('0.5');
    expect([...desk.booked().values()]).toEqual(onceEach(1_000));
  });

  it('do not keep a new order from being decided, although they never pause', async () => {
    const desk = await new Desk().open();
    let isOver = false;
    let trade = 0;
    const flood = (): void => {
      for (let count = 0; count < 150; count += 1) desk.receive(externalFill((trade += 1)));
      if (!isOver) scheduler.after(1, flood);
    };
    flood();
    await desk.until(() => desk.booked().size > 1_000);
    const before = desk.booked().size;
    await desk.place('one');
    expect(desk.booked().size - before).toBeLessThanOrEqual(2 * MOST_IN_GROUP);
    isOver = true;
    desk.intake.stop();
  });

  it('are decided although inputs of ours never pause', async () => {
    const desk = await new Desk().open();
    let isOver = false;
    const work = async (engaged: boolean): Promise<void> => {
      await desk.writer.submit('timer', () => ({
        type: 'kill_switch',
        engaged,
        requestedBy: 'caller',
        why: 'a test',
        idempotency: null,
      }));
      if (!isOver) await work(!engaged);
    };
    // Two at once: while the one is journaled the other waits.
    const ours = [work(true)];
    await desk.until(() => desk.durable.some(({ events }) => events[0]?.event.type === 'kill_switch_set'));
    ours.push(work(false));
    const startedAt = scheduler.monotonicMs();
    for (let trade = 0; trade < MOST_IN_GROUP; trade += 1) desk.receive(externalFill(trade));
    await desk.idle();
    const waitedMs = scheduler.monotonicMs() - startedAt;
    isOver = true;
    await Promise.all(ours);
    expect(desk.booked().size).toBe(MOST_IN_GROUP);
    expect(waitedMs).toBeGreaterThanOrEqual(EXTERNAL_WAIT_MS);
    expect(waitedMs).toBeLessThan(EXTERNAL_WAIT_MS + 10);
  });

  it('are dropped past their bound, and read from the venue until none can be missing', async () => {
    const desk = await new Desk().open();
    // Dropped twice: they are read from the earliest execution of both on.
    const sent = 2 * (MOST_WAITING + 1) + 499;
    desk.isVenueUnavailable = true;
    for (let trade = 0; trade < sent; trade += 1) {
      const fill = externalFill(trade, { executedAt: START + trade });
      desk.venue.push(fill);
      desk.receive(fill);
    }
    desk.receive(externalFill(1, { symbol: OTHER }));
    desk.venue.push(externalFill(1, { symbol: OTHER }));
    await desk.until(() => desk.readings.length === 2);
    // Only those that came after the drop, and those that wait for another instrument.
    expect(desk.booked().size).toBe(500);
    expect(desk.intake.isBehind(ACCOUNT)).toBe(true);
    desk.isVenueUnavailable = false;
    await desk.idle();
    expect([...desk.booked().values()]).toEqual(onceEach(sent + 1));
    expect(desk.readings.every(({ symbol, since }) => symbol === SPOT && since === START)).toBe(true);
    expect(desk.writer.state.fillsCursors.get(`${ACCOUNT} ${SPOT}`)).toBe('read');
    const [first, second] = desk.readings;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(CATCH_UP_AFTER_MS);
    // One question for the page that was read.
    expect(Math.max(...desk.questions)).toBe(sent);
    expect(desk.complaints).toEqual([]);
  });

  it('of an instrument that is listed no more are read for no longer', async () => {
    const desk = await new Desk().open();
    desk.isVenueUnavailable = true;
    for (let trade = 0; trade <= MOST_WAITING; trade += 1) desk.receive(externalFill(trade));
    await desk.until(() => desk.readings.length === 2);
    desk.isListed = false;
    await desk.idle();
    expect([desk.readings.length, desk.booked().size]).toEqual([3, 0]);
  });

  it('of many instruments are dropped past a bound of their own', async () => {
    const desk = await new Desk().open();
    desk.isVenueUnavailable = true;
    const instruments = MOST_WAITING_IN_ALL / MOST_WAITING;
    for (let trade = 0; trade < MOST_WAITING; trade += 1)
      for (let n = 0; n < instruments; n += 1)
        desk.receive(externalFill(trade, { symbol: instrumentSymbol(`C${n}/USDT`) }));
    // As many as may wait.
    const last = { symbol: instrumentSymbol('LAST/USDT') };
    desk.receive(externalFill(MOST_WAITING, last));
    await desk.until(() => desk.readings.length === 1);
    expect(desk.readings).toMatchObject([last]);
    desk.intake.stop();
  });

  it('are not delayed by reports of unknown orders, which change nothing', async () => {
    const desk = await new Desk().open();
    const seq = desk.writer.seq;
    const listener = desk.intake.listenerFor(ACCOUNT, () => undefined);
    const report: OrderReport = {
      symbol: SPOT,
      venueOrderId: venueOrderId('s-1'),
      venueClientOrderId: venueClientOrderId('bot-1'),
      status: 'open',
      side: 'buy',
      positionSide: null,
      quantity: decimal('1'),
      price: decimal('100'),
      filledQuantity: decimal('0'),
      triggeredVenueOrderId: null,
      venueReason: '',
      updatedAt: START,
    };
    for (let count = 0; count < 3 * MOST_WAITING; count += 1)
      listener.onOrder({ ...report, venueOrderId: venueOrderId(`s-${count}`) });
    desk.receive(externalFill(1));
    await desk.until(() => desk.booked().size === 1);
    await desk.idle();
    expect(desk.submitted).toEqual(['external']);
    expect(desk.writer.seq - seq).toBe(2);
    expect(desk.ordersAsked).toBe(0);
  });

  it('of a page that was read are booked after ours, and the cursor moves with the last group', async () => {
    const desk = await new Desk().open();
    await desk.place('one');
    const order = desk.writer.state.unfinished.get(orderId('one'));
    if (order === undefined) throw new Error('the order is in memory');
    const page = Array.from({ length: 250 }, (_, trade) => externalFill(trade));
    const mine = { ...externalFill(999), venueClientOrderId: order.venueClientOrderId };
    await desk.intake.takeFills(ACCOUNT, SPOT, [...page, mine], 'next');
    const events = desk.durable.flatMap((durable) => durable.events.map(({ event }) => event.type));
    expect(events.indexOf('fill_booked')).toBeLessThan(events.indexOf('external_fill_seen'));
    expect(events.at(-1)).toBe('fills_cursor_moved');
    const groups = Math.ceil(page.length / MOST_IN_GROUP);
    expect(desk.submitted).toEqual(['venue', ...Array.from({ length: groups }, () => 'external')]);
    expect([...desk.booked().values()]).toEqual(onceEach(250));
  });
});
