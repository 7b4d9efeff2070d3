/**
 * One run: a world, callers at work in it, healing, and the audit.
 *
 * Entry point: `simulate`.
 */
import { decimal } from '../../src/core/decimal.ts';
import { loadSigner } from '../../src/venues/ccxt/exchange.ts';
import { Callers } from './callers.ts';
import { evidenceOf, OUR_TAG } from './evidence-of.ts';
import type { AuditedAccount } from './auditor/accounts-apart.ts';
import { auditAll } from './auditor/audit.ts';
import { ExposureWatch } from './auditor/exposure-watch.ts';
import { OpenOrdersWatch } from './auditor/limits.ts';
import { compareOrders } from './auditor/order-states.ts';
import { coverageOf, type Kind } from './coverage.ts';
import { metBeside } from './met-beside.ts';
import { metIn, watchTransitions } from './met.ts';
import { replayedEqually } from './replay-check.ts';
import { readOpenOrders, readService } from './service-view.ts';
import { OUR_ACCOUNT } from './venue.ts';
import type { Workload } from './workload.ts';
import { settingOf, type WorldSetting } from './world-setting.ts';
import { World, type Process } from './world.ts';

/** Read lag, the longest send window and one reconciliation interval, with room: beside the time for which a create may be carried out. */
const HEALING_MS = 45_000;
/** One reconciliation interval, and what a comparison takes. */
const STILL_MS = 15_000;
/** A gap in the private stream is caught up on at once, not at the next interval of 10 s. */
const GAP_MS = 1_000;
const CAUGHT_UP_MS = 3_000;

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
  const setting = { ...settingOf(seed), ...options.setting };
  await loadSigner(setting.venue.venue, { credentials: null, venueNow: () => 0 });
  const cellsMet = watchTransitions();
  const world = new World(setting, options.trace === true);
  const callers = new Callers(world);
  const [{ workload }] = callers.all;
  const violations: string[] = [];
  // A rejection that nobody waits for ends a real process; here it fails the run.
  const onUnhandled = (error: unknown): void => {
    violations.push(`nobody handles: ${String(error)}`);
  };
  process.on('unhandledRejection', onUnhandled);
  try {
    await live(world, callers, violations);
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
    calls: callers.all.reduce((sum, { workload: { places } }) => sum + places.length, 0),
    kinds: coverageOf(world.venue, {
      baseCurrency: world.setting.baseCurrency,
      statesSet: workload.tradingStates.length,
    }),
    met: [...cellsMet(), ...metIn(world, workload), ...metBeside(callers)],
  };
}

async function live(world: World, callers: Callers, violations: string[]): Promise<void> {
  const { setting, time, venue } = world;
  const [{ workload }] = callers.all;
  const total = setting.strictLimits.maxTotalExposure ?? null;
  // The sum is of every position, those that others trade included, and in the base currency.
  const isTotalKnown = setting.baseCurrency === 'USDT' && !swapsAreTradedByOthers(setting);
  const exposureLimits = { position: setting.maxPositionNotional, total: isTotalKnown ? total : null };
  const watch =
    setting.pinned && (exposureLimits.position !== null || exposureLimits.total !== null)
      ? new ExposureWatch(venue.exchange, OUR_ACCOUNT, OUR_TAG, exposureLimits, {
          watchesSwaps: !swapsAreTradedByOthers(setting),
          fillsAreSequenced: venue.onWire.fillsAreSequenced && !setting.venue.textTradeIds,
        })
      : null;
  const openWatch =
    setting.strictLimits.maxOpenOrders === undefined || setting.strictLimits.maxOpenOrders === null
      ? null
      : new OpenOrdersWatch(venue.exchange, OUR_ACCOUNT, OUR_TAG, setting.strictLimits.maxOpenOrders);
  world.allowFaults(setting.calmStartMs === 0);
  world.start();
  await time.runFor(Math.max(setting.calmStartMs, 300));
  world.allowFaults(true);
  callers.begin();
  world.unleash();
  await time.runFor(setting.activityMs);
  callers.end();
  world.heal();
  const actsForMs = Math.max(...world.seats.map((seat) => seat.venue.onWire.actsForMs));
  await time.runFor(actsForMs + HEALING_MS - STILL_MS);
  // For the last comparison the world stands still: nothing is filled that the service could not know of yet.
  for (const { exchange } of world.seats.map((seat) => seat.venue))
    for (const { symbol } of exchange.instruments()) {
      const mid = exchange.market(symbol)?.markPrice;
      if (mid !== undefined) exchange.movePrice(time.now(), symbol, [mid], true);
    }
  await time.runFor(STILL_MS);
  const owner = world.front();
  if (owner?.engine.ready !== true || world.seats.some((seat) => seat.front()?.engine.ready !== true)) {
    violations.push('no process owns the portfolio after everything has healed');
    return;
  }
  violations.push(...(await missSomethingInAGap(world, workload, owner)));
  for (const {
    workload: { waiting },
  } of callers.all)
    if (waiting !== 0) violations.push(`${waiting} callers wait for ever`);
  violations.push(...world.complaints, ...(watch?.violations.slice(0, 3) ?? []));
  violations.push(...(openWatch?.violations.slice(0, 3) ?? []));
  const accounts: AuditedAccount[] = [];
  for (const one of callers.all) {
    const process = one.seat.front();
    if (process === undefined) continue;
    const nettings = await within(world, process, 'a netting of books', () =>
      process.engine.controls.netStrategyBooks({ accountIds: [one.seat.accountId] }, 'the end'),
    );
    for (const { kind, position } of nettings)
      if (kind === 'no_mark')
        violations.push(`no mark of ${position.symbol} nets books after all has healed`);
    const service = await within(world, process, 'the final reading', () =>
      readService(one.seat, process, world.readModels),
    );
    accounts.push({
      name: `${one.seat.portfolioId} ${one.seat.accountId}`,
      shared: `${one.seat.portfolioId} ${one.seat.mode}`,
      evidence: evidenceOf(world, callers, one, service),
    });
  }
  violations.push(...auditAll(accounts));
  // The standby first, so that it does not take over what the owner gives up.
  for (const process of world.processes.toSorted((left) => (left === owner ? 1 : -1)))
    await within(world, process, 'an orderly stop', () =>
      Promise.all([...process.engines.values()].map((engine) => engine.stop())),
    );
  for (const portfolioId of world.storage.portfolioIds())
    violations.push(...replayedEqually(world.storage, portfolioId));
}

/** Who changes the position mode makes the account flat first; others trade swaps where they find it hedged. */
function swapsAreTradedByOthers(setting: WorldSetting): boolean {
  const { externals, externalEveryMs, modeSwitchedBy } = setting;
  return modeSwitchedBy !== null || (setting.venue.hedged && (externals || externalEveryMs !== null));
}

/** Runs `action` inside a process and lets time go on until it is done. */
async function within<Value>(
  world: World,
  process: Pick<Process, 'gate'>,
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
  const open = await within(world, owner, 'a reading after the gap', () => readOpenOrders(world, owner));
  const ours = venue.exchange
    .allOrders()
    .filter((order) => order.accountId === OUR_ACCOUNT && order.clientOrderId?.startsWith(OUR_TAG) === true);
  return compareOrders(open, ours, venue.onWire).map(
    (violation) => `after a gap in the stream: ${violation}`,
  );
}
