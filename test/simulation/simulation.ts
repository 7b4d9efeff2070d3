/**
 * One run: a world, callers at work in it, healing, and the audit.
 *
 * Entry point: `simulate`.
 */
import { decimal, Decimal } from '../../src/core/decimal.ts';
import { toJsonObject } from '../../src/journal/stored-record.ts';
import { loadSigner } from '../../src/venues/ccxt/exchange.ts';
import { audit } from './auditor/audit.ts';
import { ExposureWatch } from './auditor/exposure-watch.ts';
import { OpenOrdersWatch } from './auditor/limits.ts';
import { compareOrders } from './auditor/order-states.ts';
import { coverageOf, type Kind } from './coverage.ts';
import { metIn, watchTransitions } from './met.ts';
import { replayedEqually } from './replay-check.ts';
import { readOpenOrders, readService } from './service-view.ts';
import { OUR_ACCOUNT } from './venue.ts';
import { Workload } from './workload.ts';
import { settingOf, type WorldSetting } from './world-setting.ts';
import { PORTFOLIO, TAG, World, type Process } from './world.ts';

/** Request lifetime, engine allowance, read lag, the longest send window and one reconciliation interval, with room. */
const HEALING_MS = 60_000;
/** One reconciliation interval, and what a comparison takes. */
const STILL_MS = 15_000;
/** A gap in the private stream is caught up on at once, not at the next interval of 10 s. */
const GAP_MS = 1_000;
const CAUGHT_UP_MS = 3_000;
/** Of a swap at Binance whose owner has set nothing ("Change Initial Leverage" of the USD-M documentation). */
const DEFAULT_LEVERAGE = 20;
const OUR_TAG = `p${TAG}`;

export interface Verdict {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly traceHash: string;
  /** The trace, line by line; empty unless asked for. */
  readonly lines: readonly string[];
  readonly events: number;
  readonly calls: number;
  /** The kinds of world it was. */
  readonly kinds: readonly Kind[];
  /** Everything that it has met, by name (`met.ts`). */
  readonly met: readonly string[];
}

export async function simulate(
  seed: number,
  options: { readonly trace?: boolean; readonly setting?: Partial<WorldSetting> } = {},
): Promise<Verdict> {
  // Read from disk once, so that in the run nothing waits for the machine.
  await loadSigner('binance', { credentials: null, venueNow: () => 0 });
  const cellsMet = watchTransitions();
  const world = new World({ ...settingOf(seed), ...options.setting }, options.trace === true);
  const workload = new Workload(world);
  const violations: string[] = [];
  // A rejection that nobody waits for ends a real process; here it fails the run.
  const onUnhandled = (error: unknown): void => {
    violations.push(`nobody handles: ${String(error)}`);
  };
  process.on('unhandledRejection', onUnhandled);
  try {
    await live(world, workload, violations);
  } catch (error) {
    violations.push(
      `the run broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  } finally {
    process.off('unhandledRejection', onUnhandled);
  }
  return {
    seed,
    violations,
    traceHash: world.traceHash(),
    lines: world.lines,
    events: world.time.handled,
    calls: workload.places.length,
    kinds: coverageOf(world.venue, {
      baseCurrency: world.setting.baseCurrency,
      statesSet: workload.tradingStates.length,
    }),
    met: [...cellsMet(), ...metIn(world, workload)],
  };
}

async function live(world: World, workload: Workload, violations: string[]): Promise<void> {
  const { setting, time, venue } = world;
  const total = setting.strictLimits.maxTotalExposure ?? null;
  // The sum is of every position, those that others trade included, and in the base currency.
  const isTotalKnown = setting.baseCurrency === 'USDT' && !swapsAreTradedByOthers(setting);
  const exposureLimits = { position: setting.maxPositionNotional, total: isTotalKnown ? total : null };
  const watch =
    setting.pinned && (exposureLimits.position !== null || exposureLimits.total !== null)
      ? new ExposureWatch(venue.exchange, OUR_ACCOUNT, OUR_TAG, exposureLimits, {
          watchesSwaps: !swapsAreTradedByOthers(setting),
          fillsAreSequenced: !setting.venue.textTradeIds,
        })
      : null;
  const openWatch =
    setting.strictLimits.maxOpenOrders === undefined || setting.strictLimits.maxOpenOrders === null
      ? null
      : new OpenOrdersWatch(venue.exchange, OUR_ACCOUNT, OUR_TAG, setting.strictLimits.maxOpenOrders);
  world.start();
  await time.runFor(300);
  workload.begin();
  world.unleash();
  await time.runFor(setting.activityMs);
  workload.end();
  world.heal();
  await time.runFor(HEALING_MS - STILL_MS);
  // For the last comparison the world stands still: nothing is filled that the service could not know of yet.
  for (const { symbol } of venue.exchange.instruments()) {
    const mid = venue.exchange.market(symbol)?.markPrice;
    if (mid !== undefined) venue.exchange.movePrice(time.now(), symbol, [mid], true);
  }
  await time.runFor(STILL_MS);
  const owner = world.front();
  if (owner?.engine.ready !== true) {
    violations.push('no process owns the portfolio after everything has healed');
    return;
  }
  violations.push(...(await missSomethingInAGap(world, workload, owner)));
  if (workload.waiting !== 0) violations.push(`${workload.waiting} callers wait for ever`);
  violations.push(...world.complaints, ...(watch?.violations.slice(0, 3) ?? []));
  violations.push(...(openWatch?.violations.slice(0, 3) ?? []));
  const nettings = await within(world, owner, 'a netting of books', () =>
    owner.engine.controls.netStrategyBooks({}, 'the end'),
  );
  for (const { kind, position } of nettings)
    if (kind === 'no_mark') violations.push(`no mark of ${position.symbol} nets books after all has healed`);
  const service = await within(world, owner, 'the final reading', () =>
    readService(owner.engine, world.readModels),
  );
  violations.push(
    ...audit({
      service,
      journal: world.storage.records(PORTFOLIO).map(({ at, type, payloadText }) => ({
        at,
        type,
        payload: toJsonObject(payloadText),
      })),
      calls: workload,
      strictLimits: setting.strictLimits,
      venue: {
        exchange: venue.exchange,
        ourAccount: OUR_ACCOUNT,
        tag: OUR_TAG,
        creates: venue.creates,
        cancels: venue.cancels,
        staleAnswers: venue.staleAnswers,
        stops: venue.stops,
        deposits: venue.deposits,
        coinPrices: venue.coinPrices,
        openingBalances: setting.venue.balances.map(({ asset, amount }) => ({
          asset,
          amount: decimal(amount),
        })),
        pinned: setting.pinned,
        // The light gateway shows none before a position was open, and orders are then held at their whole worth.
        leverage:
          setting.gateway === 'real' && setting.venue.swap
            ? Decimal.fromInteger(setting.venue.leverage ?? DEFAULT_LEVERAGE)
            : null,
        spotMarkIsBook: setting.gateway === 'real',
        pricesOf: (symbol, from, until) =>
          (setting.gateway === 'real' && !symbol.includes(':') ? venue.middles : venue.marks).between(
            symbol,
            from,
            until,
          ),
        // A net payment that is read before the end of a side is for that side, as far as the service can know.
        fundingNamesSide: setting.venue.fundingNamesSide && venue.modeSwitches === 0,
        fillsAreSequenced: !setting.venue.textTradeIds,
        tradeIdShown: (fill) => venue.tradeIdShown(fill),
      },
    }),
  );
  // The standby first, so that it does not take over what the owner gives up.
  for (const process of world.processes.toSorted((left) => (left === owner ? 1 : -1)))
    await within(world, process, 'an orderly stop', () => process.engine.stop());
  violations.push(...replayedEqually(world.storage, PORTFOLIO));
}

/** Who changes the position mode makes the account flat first; others trade swaps where they find it hedged. */
function swapsAreTradedByOthers(setting: WorldSetting): boolean {
  const { externals, externalEveryMs, modeSwitchedBy } = setting;
  return modeSwitchedBy !== null || (setting.venue.hedged && (externals || externalEveryMs !== null));
}

/** Runs `action` inside a process and lets time go on until it is done. */
async function within<Value>(
  world: World,
  process: Process,
  what: string,
  action: () => Promise<Value>,
): Promise<Value> {
  const outcome: { value?: Value; error?: unknown; isDone: boolean } = { isDone: false };
  world.time.after(
    0,
    () => {
      action().then(
        (value) => {
          outcome.value = value;
          outcome.isDone = true;
        },
        (error: unknown) => {
          outcome.error = error;
          outcome.isDone = true;
        },
      );
    },
    process.gate,
  );
  await world.time.runWhile(() => !outcome.isDone, 30_000, what);
  if (outcome.error !== undefined) throw new Error(`${what} failed`, { cause: outcome.error });
  return outcome.value as Value;
}

/** Two orders end while the private stream is down: soon after it is back, the service knows. */
async function missSomethingInAGap(
  world: World,
  workload: Workload,
  owner: Process,
): Promise<readonly string[]> {
  const { time, venue } = world;
  const symbol = 'BTC/USDT';
  const mid = venue.exchange.market(symbol)?.markPrice ?? decimal('60000');
  const price = mid.multiply(decimal('0.93')).roundToMultipleOf(decimal('0.01'), 'down');
  const call = workload.placeResting(owner, symbol, price);
  await time.runFor(2_000);
  owner.connections.breakStream(GAP_MS);
  await time.runFor(100);
  if (call.answer.kind === 'accepted') {
    const id = call.answer.venueClientOrderId;
    world.trace(`the venue ends ${id} while nobody listens`);
    venue.exchange.cancelOrder(time.now(), OUR_ACCOUNT, { symbol, clientOrderId: id });
  }
  await time.runFor(GAP_MS + CAUGHT_UP_MS);
  const open = await within(world, owner, 'a reading after the gap', () => readOpenOrders(owner.engine));
  const ours = venue.exchange
    .allOrders()
    .filter((order) => order.accountId === OUR_ACCOUNT && order.clientOrderId?.startsWith(OUR_TAG) === true);
  return compareOrders(open, ours).map((violation) => `after a gap in the stream: ${violation}`);
}
