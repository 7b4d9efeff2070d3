/**
 * A whole service in one process under virtual time: venue, journal storage, nodes with the real engine, callers' line.
 *
 * Entry points: `World`, `settingOf` (what kind of world a seed makes). Everything random comes from the seed.
 */
import { createHash } from 'node:crypto';
import { decimal, type Decimal } from '../../src/core/decimal.ts';
import { accountId, portfolioId } from '../../src/core/ids.ts';
import { DEFAULT_LIMITS, type RiskLimits } from '../../src/core/risk/limits.ts';
import type { Clock } from '../../src/engine/clock.ts';
import { memoryEmergencyLog, type EmergencyLog } from '../../src/engine/emergency-log.ts';
import { createIdentity } from '../../src/engine/identity.ts';
import type { Log } from '../../src/engine/log.ts';
import { PortfolioEngine } from '../../src/engine/portfolio-engine.ts';
import {
  MemoryStorage,
  NO_MEMORY_FAULTS,
  openMemoryJournal,
  type MemoryFaults,
  type MemoryJournal,
} from '../../src/journal/testing/memory-journal.ts';
import { memoryReadModels } from '../../src/journal/testing/memory-read-models.ts';
import type { Journal, ReadModels } from '../../src/journal/journal.ts';
import { hashText, mix, Random } from '../../src/simulators/exchange/random.ts';
import { Faults, NO_FAULTS, type FaultRates } from './faults.ts';
import { SimulatedGateway, type Hazard } from './simulated-gateway.ts';
import { SimulatedVenue, type VenueSetting } from './venue.ts';
import { clockOf, ProcessGate, schedulerOf, VirtualTime } from './virtual-time.ts';

export const PORTFOLIO = portfolioId('simulated');
export const ACCOUNT = accountId('account-1');
export const TAG = 'sim';
const LEASE_MS = 4_000;
/** As long as a supervisor waits. */
const LONGEST_STOP_MS = 10_000;

/** What a seed decides before anything runs. */
export interface WorldSetting {
  readonly seed: number;
  /** For how long callers are at work. */
  readonly activityMs: number;
  readonly nodes: readonly string[];
  readonly rates: FaultRates;
  readonly journal: MemoryFaults;
  /** How often the journal's storage goes away, per second of activity. */
  readonly storageUnavailableRate: number;
  /** How many processes may die, and freeze, in the run. */
  readonly crashes: number;
  readonly freezes: number;
  /** How many processes may be stopped in order and started again. */
  readonly restarts: number;
  /** Chance that a hazard is used while there are crashes or freezes left. */
  readonly hazardRate: number;
  /** How far wall clocks are off, at most, and whether they are set in the run. */
  readonly skewMs: number;
  readonly clockJumps: boolean;
  /** The market stands still, so that exposure at the mark is a fixed figure. */
  readonly pinned: boolean;
  readonly maxPositionNotional: Decimal | null;
  /** Orders, executions and deposits that the service did not make. */
  readonly externals: boolean;
  /** Another program trades on the same keys, every so many milliseconds; null: none does. */
  readonly externalEveryMs: number | null;
  /** What a commit takes longer for each record in it, in milliseconds. */
  readonly recordMs: number;
  /** Executions in one page of them: few, so that paging is met, and more where a stranger makes very many. */
  readonly fillsPage: number;
  readonly callEveryMs: number;
  /** Whether callers use stop orders. */
  readonly stops: boolean;
  /** Who changes the position mode of the account in the run; null: nobody does. */
  readonly modeSwitchedBy: 'desk' | 'venue' | null;
  readonly venue: VenueSetting;
}

const PLENTY: VenueSetting['balances'] = [
  { wallet: 'spot', asset: 'USDT', amount: '200000' },
  { wallet: 'spot', asset: 'BTC', amount: '3' },
  { wallet: 'spot', asset: 'ETH', amount: '40' },
  { wallet: 'swap', asset: 'USDT', amount: '100000' },
];
const SCARCE: VenueSetting['balances'] = [
  { wallet: 'spot', asset: 'USDT', amount: '2500' },
  { wallet: 'spot', asset: 'BTC', amount: '0.03' },
  { wallet: 'spot', asset: 'ETH', amount: '0.7' },
  { wallet: 'swap', asset: 'USDT', amount: '900' },
];
/** As above, with the amounts of both wallets in one. */
const PLENTY_UNIFIED: VenueSetting['balances'] = unified(PLENTY, '300000');
const SCARCE_UNIFIED: VenueSetting['balances'] = unified(SCARCE, '1800');

function unified(separate: VenueSetting['balances'], usdt: string): VenueSetting['balances'] {
  const others = separate.filter(({ asset }) => asset !== 'USDT');
  return [{ asset: 'USDT', amount: usdt }, ...others].map((balance) => ({ ...balance, wallet: 'unified' }));
}

/** The world of a seed: mostly mild, sometimes wild, sometimes without any fault. */
export function settingOf(seed: number): WorldSetting {
  const random = new Random(mix(seed ^ 0x51ed270b));
  const pick = <Value>(values: readonly [Value, ...Value[]]): Value =>
    values[random.below(values.length)] ?? values[0];
  const activityMs = 5_000 + random.below(10_000);
  const isCalm = random.below(12) === 0;
  const nodes = random.below(2) === 0 ? ['node-a'] : ['node-a', 'node-b'];
  const request = pick([0, 0.02, 0.06, 0.15, 0.3]);
  const stream = pick([0, 0.05, 0.15]);
  const rates: FaultRates = {
    request,
    stream,
    lag: pick([0, 0.2, 0.5]),
    staleFigures: pick([0, 0, 0.4, 0.8]),
    queue: pick([0, 0.1, 0.3]),
  };
  const slowest = pick([2, 8, 60]);
  const journal: MemoryFaults = {
    commitMs: [1, slowest],
    lostAnswerProbability: pick([0, 0.02, 0.1]),
    reconnectMs: [5, 200],
  };
  const storageUnavailableRate = pick([0, 0, 0.1]);
  const crashes = random.below(5);
  const freezes = nodes.length === 1 ? random.below(2) : random.below(4);
  const pinned = random.below(2) === 0;
  const maxPosition = random.below(2) === 0 ? decimal(pick(['3000', '10000'])) : null;
  const externals = random.below(4) === 0;
  const clockJumps = random.below(4) === 0;
  const callEveryMs = pick([40, 120, 300]);
  const isScarce = random.below(3) === 0;
  const swap = random.below(3) === 0;
  const stops = random.below(3) === 0;
  const restarts = random.below(3);
  const stranger = random.below(6) === 0 ? pick([20, 60, 150]) : null;
  const account = accountOf(seed, swap);
  const plenty = account.wallets === 'unified' ? PLENTY_UNIFIED : PLENTY;
  const scarce = account.wallets === 'unified' ? SCARCE_UNIFIED : SCARCE;
  const drawn: WorldSetting = {
    seed,
    activityMs,
    nodes,
    rates: isCalm ? NO_FAULTS : rates,
    journal: isCalm ? NO_MEMORY_FAULTS : journal,
    storageUnavailableRate: isCalm ? 0 : storageUnavailableRate,
    crashes: isCalm ? 0 : crashes,
    freezes: isCalm ? 0 : freezes,
    restarts,
    hazardRate: 0.04,
    skewMs: isCalm ? 0 : 400,
    clockJumps: !isCalm && clockJumps,
    // Where the market stands still no stop is triggered.
    pinned: pinned && !account.stopsKeepId,
    maxPositionNotional: maxPosition,
    externals,
    externalEveryMs: stranger,
    recordMs: 0,
    fillsPage: stranger === null ? 4 : 50,
    callEveryMs,
    stops: stops || account.stopsKeepId,
    modeSwitchedBy: account.modeSwitchedBy,
    venue: {
      seed,
      swap: account.swap,
      wallets: account.wallets,
      hedged: account.hedged,
      leverage: account.leverage,
      textTradeIds: account.textTradeIds,
      stopsKeepId: account.stopsKeepId,
      fundingNamesSide: account.fundingNamesSide,
      balances: isScarce ? scarce : plenty,
    },
  };
  return account.isTight ? tight(drawn, scarce) : drawn;
}

/**
 * Where nobody else acts, the market stands still and the venue counts exactly, every order can be held against the limit
 * and the balance: little of both, so that many orders come near.
 */
function tight(setting: WorldSetting, balances: VenueSetting['balances']): WorldSetting {
  return {
    ...setting,
    pinned: true,
    maxPositionNotional: decimal('3000'),
    externals: false,
    externalEveryMs: null,
    rates: { ...setting.rates, staleFigures: 0 },
    venue: { ...setting.venue, balances },
  };
}

type AccountSetting = Omit<VenueSetting, 'seed' | 'balances'> &
  Pick<WorldSetting, 'modeSwitchedBy'> & { readonly isTight: boolean };

/** How the account is set up and what its venue shows: drawn apart, so that everything else of a seed stays as it was. */
function accountOf(seed: number, drawnSwap: boolean): AccountSetting {
  const random = new Random(mix(seed ^ 0x2c1b3c6d));
  const isUnified = random.below(6) === 0;
  const isHedged = random.below(3) === 0;
  const isSwitched = random.below(isHedged ? 2 : 4) === 0;
  const switchedBy = random.below(2) === 0 ? 'desk' : 'venue';
  const textTradeIds = random.below(5) === 0;
  const stopsKeepId = random.below(3) === 0;
  const fundingNamesSide = random.below(2) === 0;
  const isTight = random.below(2) === 0;
  // A unified wallet without swaps would be a spot wallet by another name.
  const swap = drawnSwap || isUnified;
  return {
    swap,
    wallets: isUnified ? 'unified' : 'separate',
    hedged: swap && isHedged,
    // Little leverage, so that swaps tie up a good part of what spot could spend.
    leverage: isUnified ? 2 : null,
    modeSwitchedBy: swap && isSwitched ? switchedBy : null,
    isTight: swap && (isHedged || isUnified) && !isSwitched && !stopsKeepId && isTight,
    textTradeIds,
    stopsKeepId: swap && stopsKeepId,
    fundingNamesSide,
  };
}

/** One process of the service. */
export interface Process {
  readonly node: string;
  readonly gate: ProcessGate;
  readonly engine: PortfolioEngine;
  readonly journal: MemoryJournal;
  readonly gateway: SimulatedGateway;
  /** Milliseconds by which its wall clock is off. */
  skewMs: number;
}

export class World {
  readonly setting: WorldSetting;
  readonly time = new VirtualTime();
  readonly faults: Faults;
  readonly venue: SimulatedVenue;
  readonly storage: MemoryStorage;
  readonly readModels: ReadModels;
  /** What the service logged as its own fault: none is expected. */
  readonly complaints: string[] = [];
  /** When the journal's storage was away, by world time. */
  readonly #processes = new Map<string, Process>();
  readonly #emergencyLogs = new Map<string, EmergencyLog>();
  readonly #hash = createHash('sha256');
  readonly #lines: string[] = [];
  readonly #keepTrace: boolean;
  readonly #chaos: Random;
  #started = 0;
  #crashesLeft: number;
  #freezesLeft: number;
  #restartsLeft: number;

  constructor(setting: WorldSetting, keepTrace: boolean) {
    this.setting = setting;
    this.#keepTrace = keepTrace;
    this.#chaos = this.stream('chaos');
    this.#crashesLeft = setting.crashes;
    this.#freezesLeft = setting.freezes;
    this.#restartsLeft = setting.restarts;
    this.faults = new Faults(setting.rates, this.stream('faults'));
    this.venue = new SimulatedVenue(this.time, this.faults, setting.venue);
    this.storage = new MemoryStorage(schedulerOf(this.time));
    this.readModels = memoryReadModels(this.storage);
    if (setting.pinned) {
      for (const { symbol, liquidity } of this.venue.exchange.instruments())
        this.venue.exchange.movePrice(this.time.now(), symbol, [liquidity.startPrice], true);
    }
  }

  /** A stream of chance of its own, so that one part's draws do not shift another's. */
  stream(name: string): Random {
    return new Random(mix(hashText(name) ^ mix(this.setting.seed)));
  }

  readonly trace = (line: string): void => {
    const full = `${String(this.time.elapsed()).padStart(7)} ${line}`;
    this.#hash.update(full).update('\n');
    if (this.#keepTrace) this.#lines.push(full);
  };

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Of everything traced so far; call once, at the end. */
  traceHash(): string {
    return this.#hash.digest('hex');
  }

  // ── Processes ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Starts a process on each node. */
  start(): void {
    for (const node of this.setting.nodes) this.startProcess(node);
  }

  get processes(): readonly Process[] {
    return [...this.#processes.values()].filter(({ gate }) => !gate.isDead);
  }

  /** The process a caller is led to: the ready one, else any that lives. */
  front(): Process | undefined {
    const living = this.processes;
    return living.find(({ engine, gate }) => engine.ready && !gate.isFrozen) ?? living[0];
  }

  startProcess(node: string): void {
    this.#started += 1;
    const name = `${node}#${this.#started}`;
    const gate = new ProcessGate(this.time, name);
    // What a process sets going while it is built is its own.
    this.time.after(0, () => this.#build(node, name, gate), gate);
  }

  #build(node: string, name: string, gate: ProcessGate): void {
    const { setting, time } = this;
    const chance = this.stream(name);
    const skew = { ms: setting.skewMs === 0 ? 0 : chance.below(2 * setting.skewMs + 1) - setting.skewMs };
    const clock = clockOf(time, gate, () => skew.ms);
    const journal = openMemoryJournal({
      storage: this.storage,
      random: () => (this.faults.active ? chance.fraction() : 0.999),
      faults: setting.journal,
      leaseMs: LEASE_MS,
    });
    const gateway = new SimulatedGateway({
      accountId: ACCOUNT,
      time,
      gate,
      venue: this.venue,
      faults: this.faults,
      now: () => clock.now(),
      onHazard: (hazard) => this.#meetHazard(node, hazard),
      isJournaled: (signedAt) => this.#isJournaled(signedAt),
      trace: this.trace,
      fillsPage: setting.fillsPage,
    });
    const ids = this.stream(`${name} ids`);
    const engine = new PortfolioEngine({
      portfolioId: PORTFOLIO,
      node,
      journal: setting.recordMs === 0 ? journal : slowed(journal, clock, setting.recordMs),
      readModels: this.readModels,
      accounts: [
        {
          accountId: ACCOUNT,
          venue: 'binance',
          mode: 'paper',
          gateway,
          connectionId: 'keys-1',
          instance: 'instance-1',
        },
      ],
      limits: this.#limits(),
      clock,
      identity: createIdentity(TAG, () => ids.fraction()),
      emergencyLog: this.emergencyLogOf(node),
      log: this.#logOf(name),
    });
    const process: Process = {
      node,
      gate,
      engine,
      journal,
      gateway,
      get skewMs() {
        return skew.ms;
      },
      set skewMs(ms: number) {
        skew.ms = ms;
      },
    };
    this.#processes.set(node, process);
    engine.onDurable((news) => {
      for (const { seq, event } of news.events) this.trace(`${name} journaled ${seq} ${summary(event)}`);
    });
    this.trace(`${name} starts`);
    engine.start().then(
      () => this.trace(`${name} is open`),
      (error: unknown) => this.complaints.push(`${name} could not start: ${String(error)}`),
    );
  }

  #isJournaled(signedAt: number): boolean {
    const text = `"signedAt":${signedAt}`;
    return (
      this.storage
        .records(PORTFOLIO)
        .findLast(({ type, payloadText }) => type === 'send_attempted' && payloadText.includes(text)) !==
      undefined
    );
  }

  #limits(): RiskLimits {
    return { ...DEFAULT_LIMITS, maxPositionNotional: this.setting.maxPositionNotional };
  }

  /** What a node keeps on its own disk: it outlives its processes. */
  emergencyLogOf(node: string): EmergencyLog {
    const kept = this.#emergencyLogs.get(node) ?? memoryEmergencyLog();
    this.#emergencyLogs.set(node, kept);
    return kept;
  }

  #logOf(name: string): Log {
    const say = (level: string, fields: Readonly<Record<string, unknown>>, message: string): void => {
      this.trace(`${name} ${level}: ${message}${because(fields)}`);
    };
    return {
      info: (fields, message) => say('info', fields, message),
      warn: (fields, message) => say('warn', fields, message),
      error: (fields, message) => {
        say('error', fields, message);
        if (message !== 'another node has taken this portfolio over')
          this.complaints.push(`${name}: ${message}${because(fields)}`);
      },
    };
  }

  // ── What befalls processes ───────────────────────────────────────────────────────────────────────────────────

  #meetHazard(node: string, hazard: Hazard): void {
    const process = this.#processes.get(node);
    if (process === undefined || !this.faults.active || process.gate.isDead || process.gate.isFrozen) return;
    if (this.#chaos.fraction() >= this.setting.hazardRate) return;
    if (this.#crashesLeft > 0 && this.#chaos.below(2) === 0) {
      // After an outcome has come in it is being journaled: die before, during or after that commit.
      const delayMs =
        hazard === 'after_outcome' ? this.#chaos.below(this.setting.journal.commitMs[1] + 2) : 0;
      if (delayMs === 0) this.crash(process, hazard);
      else this.time.after(delayMs, () => this.crash(process, hazard), null);
    } else if (this.#freezesLeft > 0) {
      this.freeze(process, hazard);
    }
  }

  crash(process: Process, why: string): void {
    if (process.gate.isDead || this.#crashesLeft <= 0 || !this.faults.active) return;
    this.#crashesLeft -= 1;
    this.trace(`${process.gate.name} is killed (${why})`);
    process.journal.crash();
    process.gate.kill();
    process.gateway.disconnect();
    const comesBackMs = this.#chaos.below(4) === 0 ? this.#chaos.below(12_000) : this.#chaos.below(600);
    this.time.after(
      comesBackMs,
      () => {
        this.startProcess(process.node);
        if (this.#chaos.below(3) === 0) this.#crashDuringRecovery(process.node);
      },
      null,
    );
  }

  /** Recovery takes some tens of milliseconds: claim, load, first inputs, first look-ups. */
  #crashDuringRecovery(node: string): void {
    this.time.after(
      this.#chaos.below(200),
      () => {
        const process = this.#processes.get(node);
        if (process !== undefined) this.crash(process, 'inside recovery');
      },
      null,
    );
  }

  /** SIGTERM, and SIGKILL for a process that takes too long to end; then a new one starts. */
  restart(process: Process): void {
    const { gate, engine, journal, gateway, node } = process;
    if (gate.isDead || gate.isFrozen || this.#restartsLeft <= 0) return;
    this.#restartsLeft -= 1;
    this.trace(`${gate.name} is asked to stop`);
    const end = (how: string): void => {
      if (gate.isDead) return;
      this.trace(`${gate.name} has ended ${how}`);
      journal.crash();
      gate.kill();
      gateway.disconnect();
      this.time.after(this.#chaos.below(500), () => this.startProcess(node), null);
    };
    this.time.after(
      0,
      () => {
        engine.stop().then(
          () => end('in order'),
          (error: unknown) => this.complaints.push(`${gate.name} could not stop: ${String(error)}`),
        );
      },
      gate,
    );
    this.time.after(LONGEST_STOP_MS, () => end('by force'), null);
  }

  freeze(process: Process, why: string): void {
    if (process.gate.isDead || process.gate.isFrozen || this.#freezesLeft <= 0 || !this.faults.active) return;
    this.#freezesLeft -= 1;
    const durationMs =
      this.#chaos.below(3) === 0 ? 200 + this.#chaos.below(2_000) : 5_000 + this.#chaos.below(25_000);
    this.trace(`${process.gate.name} freezes for ${durationMs} ms (${why})`);
    process.gate.freeze(durationMs);
  }

  /** Deaths, freezes, outages and clock changes that have nothing to do with what the processes are doing. */
  unleash(): void {
    const { setting, time } = this;
    const every = (meanMs: number, action: () => void): void => {
      const schedule = (): void => {
        time.after(
          1 + this.#chaos.below(2 * meanMs),
          () => {
            if (!this.faults.active) return;
            action();
            schedule();
          },
          null,
        );
      };
      schedule();
    };
    const anyProcess = (): Process | undefined => {
      const living = this.processes;
      return living[this.#chaos.below(Math.max(1, living.length))];
    };
    if (setting.crashes > 0)
      every(6_000, () => {
        const process = anyProcess();
        if (process !== undefined) this.crash(process, 'kill -9');
      });
    if (setting.restarts > 0)
      every(8_000, () => {
        const process = anyProcess();
        if (process !== undefined) this.restart(process);
      });
    if (setting.freezes > 0)
      every(7_000, () => {
        const process = anyProcess();
        if (process !== undefined) this.freeze(process, 'SIGSTOP');
      });
    if (setting.rates.stream > 0)
      every(5_000, () => anyProcess()?.gateway.breakStream(this.faults.between(50, 6_000)));
    if (setting.storageUnavailableRate > 0)
      every(Math.round(1_000 / setting.storageUnavailableRate), () => {
        const durationMs = 100 + this.#chaos.below(6_000);
        this.trace(`the storage is away for ${durationMs} ms`);
        this.storage.becomeUnavailable(durationMs);
      });
    if (setting.clockJumps)
      every(6_000, () => {
        const process = anyProcess();
        if (process === undefined) return;
        process.skewMs = this.#chaos.below(8_001) - 4_000;
        this.trace(`${process.gate.name}: the wall clock is now ${process.skewMs} ms off`);
      });
  }

  /** Nothing goes wrong any more. Frozen processes thaw, dead ones come back in their time. */
  heal(): void {
    this.faults.active = false;
    this.storage.becomeUnavailable(0);
    this.trace('faults are healed');
  }
}

/** A journal whose appends take longer the more records they hold. */
function slowed(journal: Journal, clock: Clock, recordMs: number): Journal {
  return {
    createPortfolio: (portfolio) => journal.createPortfolio(portfolio),
    claim: (portfolio, node, at) => journal.claim(portfolio, node, at),
    ownedUntil: (portfolio) => journal.ownedUntil(portfolio),
    release: (portfolio) => journal.release(portfolio),
    load: (portfolio) => journal.load(portfolio),
    append: async (append) => {
      await new Promise<void>((resolve) => {
        clock.after(append.records.length * recordMs, resolve);
      });
      return journal.append(append);
    },
    saveSnapshot: (portfolio, snapshot) => journal.saveSnapshot(portfolio, snapshot),
    handOverCancels: (portfolio, cancels) => journal.handOverCancels(portfolio, cancels),
    handedOverCancels: (portfolio) => journal.handedOverCancels(portfolio),
    dropHandedOverCancels: (portfolio, orderIds) => journal.dropHandedOverCancels(portfolio, orderIds),
    get healthy() {
      return journal.healthy;
    },
    close: () => journal.close(),
  };
}

function because(fields: Readonly<Record<string, unknown>>): string {
  const { error } = fields;
  return error instanceof Error ? ` (${error.message})` : '';
}

function summary(event: object): string {
  const text = JSON.stringify(event);
  return text.length > 260 ? `${text.slice(0, 260)}...` : text;
}
