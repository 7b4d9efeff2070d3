/**
 * A whole service in one process under virtual time: venue, journal storage, nodes with the real engine, callers' line.
 *
 * Entry points: `World`. Everything random comes from the seed.
 */
import { createHash } from 'node:crypto';
import { accountId, asset, type AccountId, type AccountMode, type PortfolioId } from '../../src/core/ids.ts';
import { DEFAULT_LIMITS, type RiskLimits } from '../../src/core/risk/limits.ts';
import type { Clock } from '../../src/engine/clock.ts';
import type { Desk } from '../../src/engine/desk.ts';
import { memoryEmergencyLog, type EmergencyLog } from '../../src/engine/emergency-log.ts';
import { createIdentity } from '../../src/engine/identity.ts';
import type { Log } from '../../src/engine/log.ts';
import { PortfolioEngine } from '../../src/engine/portfolio-engine.ts';
import { boundDesk } from '../../src/http/bound-desk.ts';
import {
  MemoryStorage,
  openMemoryJournal,
  type MemoryJournal,
} from '../../src/journal/testing/memory-journal.ts';
import { memoryReadModels } from '../../src/journal/testing/memory-read-models.ts';
import type { ReadModels } from '../../src/journal/journal.ts';
import { hashText, mix, Random } from '../../src/simulators/exchange/random.ts';
import { PORTFOLIO, type BesideSetting } from './beside-setting.ts';
import { Faults } from './faults.ts';
import { gatewayOf, type ProcessGateway } from './gateways.ts';
import type { InProcessTransport } from './in-process-transport.ts';
import { seatSetting, type Seat } from './seat.ts';
import type { GatewayConnections, Hazard } from './simulated-gateway.ts';
import { slowed } from './slowed-journal.ts';
import { SimulatedVenue } from './venue.ts';
import { clockOf, ProcessGate, schedulerOf, VirtualTime } from './virtual-time.ts';
import type { WorldSetting } from './world-setting.ts';

export { PORTFOLIO } from './beside-setting.ts';
export const ACCOUNT = accountId('account-1');
export const TAG = 'sim';
const LEASE_MS = 4_000;
/** As long as a supervisor waits. */
const LONGEST_STOP_MS = 10_000;

/** One process of the service. */
export interface Process {
  readonly node: string;
  readonly gate: ProcessGate;
  /** Of the first account's portfolio. */
  readonly engine: PortfolioEngine;
  readonly engines: ReadonlyMap<PortfolioId, PortfolioEngine>;
  readonly journal: MemoryJournal;
  /** To the venues of all accounts together. */
  readonly connections: GatewayConnections;
  /** Under the real gateway; null under the light one. */
  readonly transport: InProcessTransport | null;
  /** Milliseconds by which its wall clock is off. */
  skewMs: number;
}

/** An account of the world, with what lies between it and its venue. */
interface WorldSeat extends Seat {
  readonly faults: Faults;
}

export class World implements Seat {
  readonly accountId = ACCOUNT;
  readonly portfolioId = PORTFOLIO;
  readonly keyPrefix = '';
  readonly hasControls = true;
  readonly mode: AccountMode = 'paper';
  readonly others: readonly AccountId[];
  /** Its accounts, the first one first: that is the world itself. */
  readonly seats: readonly [Seat, ...Seat[]];
  readonly #besides: readonly WorldSeat[];
  readonly setting: WorldSetting;
  readonly time: VirtualTime;
  readonly faults: Faults;
  readonly venue: SimulatedVenue;
  readonly storage: MemoryStorage;
  readonly readModels: ReadModels;
  /** Faults of its own that the service logged: none is expected. */
  readonly complaints: string[] = [];
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
    this.time = new VirtualTime(setting.losses.startAt);
    this.#keepTrace = keepTrace;
    this.#chaos = this.stream('chaos');
    this.#crashesLeft = setting.crashes;
    this.#freezesLeft = setting.freezes;
    this.#restartsLeft = setting.restarts;
    this.faults = new Faults(setting.rates, this.stream('faults'), setting.withoutFaults);
    this.venue = new SimulatedVenue(this.time, this.faults, setting.venue);
    this.storage = new MemoryStorage(schedulerOf(this.time));
    this.readModels = memoryReadModels(this.storage);
    this.others = setting.besides
      .filter(({ accountId: id }) => id !== ACCOUNT)
      .map(({ accountId: id }) => id);
    this.#besides = setting.besides.map((beside) => this.#seatOf(beside));
    this.seats = [this, ...this.#besides];
    if (!setting.pinned) return;
    for (const { venue } of this.seats)
      for (const { symbol, liquidity } of venue.exchange.instruments())
        venue.exchange.movePrice(this.time.now(), symbol, [liquidity.startPrice], true);
  }

  #seatOf(beside: BesideSetting): WorldSeat {
    const { accountId: id, mode, portfolioId } = beside;
    const { time, trace } = this;
    const name = `${portfolioId} ${id}`;
    const faults = new Faults(this.setting.rates, this.stream(`faults of ${name}`));
    const isElsewhere = portfolioId !== PORTFOLIO;
    const setting = seatSetting(this.setting, beside);
    return {
      accountId: id,
      portfolioId,
      mode,
      time,
      trace: (line) => trace(`${name}: ${line}`),
      setting,
      faults,
      venue: new SimulatedVenue(time, faults, setting.venue),
      keyPrefix: isElsewhere ? '' : `${id}-`,
      hasControls: isElsewhere,
      others: [ACCOUNT, ...this.others].filter((other) => other !== id),
      stream: (of) => this.stream(`${of} of ${name}`),
      front: () => {
        const process = this.front(portfolioId);
        const engine = process?.engines.get(portfolioId);
        return process === undefined || engine === undefined ? undefined : { ...process, engine };
      },
      deskOf: ({ engine }) => boundDesk(engine, { accounts: [id], strategies: null }),
    };
  }

  deskOf({ engine }: Pick<Process, 'engine'>): Desk {
    return this.#besides.length === 0 ? engine : boundDesk(engine, { accounts: [ACCOUNT], strategies: null });
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

  /** The process a caller is led to: the one that is ready for the portfolio, else any that lives. */
  front(portfolioId: PortfolioId = PORTFOLIO): Process | undefined {
    const living = this.processes;
    return (
      living.find(({ engines, gate }) => engines.get(portfolioId)?.ready === true && !gate.isFrozen) ??
      living[0]
    );
  }

  startProcess(node: string): void {
    this.#started += 1;
    const name = `${node}#${this.#started}`;
    const gate = new ProcessGate(this.time, name);
    // Work that a process begins while it is built is its own.
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
    const first = this.#gatewayOf(this, node, { name, gate, clock });
    const { transport } = first;
    const gateways: readonly (readonly [WorldSeat, ProcessGateway])[] = [
      [this, first],
      ...this.#besides.map((seat) => [seat, this.#gatewayOf(seat, node, { name, gate, clock })] as const),
    ];
    const ids = this.stream(`${name} ids`);
    const identity = createIdentity(TAG, () => ids.fraction());
    const engines = new Map<PortfolioId, PortfolioEngine>();
    for (const { portfolioId, setting: own } of this.seats) {
      if (engines.has(portfolioId)) continue;
      const engine = new PortfolioEngine({
        portfolioId,
        node,
        journal: setting.recordMs === 0 ? journal : slowed(journal, clock, setting.recordMs),
        readModels: this.readModels,
        accounts: gateways
          .filter(([seat]) => seat.portfolioId === portfolioId)
          .map(([{ accountId: id, mode, venue }, { gateway }]) => ({
            accountId: id,
            venue: venue.setting.venue,
            mode,
            gateway,
            connectionId: 'keys-1',
            instance: mode === 'paper' ? 'instance-1' : null,
          })),
        limits: limitsOf(own),
        baseCurrency: asset(setting.baseCurrency),
        clock,
        identity,
        emergencyLog: this.emergencyLogOf(node, portfolioId),
        log: this.#logOf(nameOf(name, portfolioId)),
      });
      engines.set(portfolioId, engine);
    }
    const engine = engines.get(PORTFOLIO);
    if (engine === undefined) throw new Error('the first account has a portfolio');
    const process: Process = {
      node,
      gate,
      engine,
      engines,
      journal,
      connections: together(gateways.map(([, { connections }]) => connections)),
      transport,
      get skewMs() {
        return skew.ms;
      },
      set skewMs(ms: number) {
        skew.ms = ms;
      },
    };
    this.#processes.set(node, process);
    for (const [portfolioId, one] of engines) this.#open(nameOf(name, portfolioId), one);
  }

  #open(name: string, engine: PortfolioEngine): void {
    engine.onDurable((news) => {
      for (const { seq, event } of news.events) this.trace(`${name} journaled ${seq} ${summary(event)}`);
    });
    this.trace(`${name} starts`);
    engine.start().then(
      () => this.trace(`${name} is open`),
      (error: unknown) => this.complaints.push(`${name} could not start: ${String(error)}`),
    );
  }

  #gatewayOf(
    seat: WorldSeat,
    node: string,
    { name, gate, clock }: { readonly name: string; readonly gate: ProcessGate; readonly clock: Clock },
  ): ProcessGateway {
    const { accountId: id, faults, mode, portfolioId, setting, trace, venue } = seat;
    const jitter = this.stream(seat === this ? `${name} jitter` : `${name} jitter of ${portfolioId} ${id}`);
    return gatewayOf(setting.gateway, {
      accountId: id,
      mode,
      time: this.time,
      gate,
      clock,
      venue,
      faults,
      random: () => jitter.fraction(),
      fillsPage: setting.fillsPage,
      onHazard: (hazard) => this.#meetHazard(node, hazard),
      isJournaled: (signedAt, stepMs) => this.#isJournaled(portfolioId, signedAt, stepMs),
      trace,
    });
  }

  #isJournaled(portfolioId: PortfolioId, signedAt: number, stepMs: number): boolean {
    const isOfIt = (payloadText: string): boolean => {
      const [, journaled] = /"signedAt":(\d+)/.exec(payloadText) ?? [];
      return Math.floor(Number(journaled) / stepMs) * stepMs === signedAt;
    };
    return this.storage
      .records(portfolioId)
      .some(({ type, payloadText }) => type === 'send_attempted' && isOfIt(payloadText));
  }

  /** The file on the own disk of a node, which outlives its processes. */
  emergencyLogOf(node: string, portfolioId: PortfolioId = PORTFOLIO): EmergencyLog {
    const key = `${node} ${portfolioId}`;
    const kept = this.#emergencyLogs.get(key) ?? memoryEmergencyLog();
    this.#emergencyLogs.set(key, kept);
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

  // ── Faults of processes ────────────────────────────────────────────────────────────────────────────────────

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
    process.connections.disconnect();
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
    const { gate, engines, journal, connections, node } = process;
    if (gate.isDead || gate.isFrozen || this.#restartsLeft <= 0) return;
    this.#restartsLeft -= 1;
    this.trace(`${gate.name} is asked to stop`);
    const end = (how: string): void => {
      if (gate.isDead) return;
      this.trace(`${gate.name} has ended ${how}`);
      journal.crash();
      gate.kill();
      connections.disconnect();
      this.time.after(this.#chaos.below(500), () => this.startProcess(node), null);
    };
    this.time.after(
      0,
      () => {
        Promise.all([...engines.values()].map((engine) => engine.stop())).then(
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
      every(5_000, () => anyProcess()?.connections.breakStream(this.faults.between(50, 6_000)));
    if (setting.gateway === 'real' && setting.rates.stream > 0)
      every(5_000, () => {
        const transport = anyProcess()?.transport;
        if (this.#chaos.below(2) === 0) transport?.cutPublicStreams();
        else transport?.silencePublicStreams(this.faults.between(500, 9_000));
      });
    if (setting.storageUnavailableRate > 0)
      every(Math.round(1_000 / setting.storageUnavailableRate), () => {
        const durationMs = 100 + this.#chaos.below(6_000);
        this.trace(`the storage is unavailable for ${durationMs} ms`);
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

  /** Of all accounts, from now on. */
  allowFaults(areAllowed: boolean): void {
    for (const { faults } of [this, ...this.#besides]) faults.active = areAllowed;
  }

  /** Nothing goes wrong any more. Frozen processes thaw, dead ones come back in their time. */
  heal(): void {
    this.allowFaults(false);
    this.storage.becomeUnavailable(0);
    this.trace('faults are healed');
  }
}

/** Of the engine of a portfolio in a process, in the trace. */
function nameOf(process: string, portfolioId: PortfolioId): string {
  return portfolioId === PORTFOLIO ? process : `${process} ${portfolioId}`;
}

function limitsOf({ losses, maxPositionNotional, strictLimits }: WorldSetting): RiskLimits {
  const { maxDailyLoss, maxDrawdown } = losses;
  return { ...DEFAULT_LIMITS, maxDailyLoss, maxDrawdown, maxPositionNotional, ...strictLimits };
}

/** The connections of a process to several venues, which break and end together; reached once each is. */
function together(all: readonly GatewayConnections[]): GatewayConnections {
  return {
    get isStarted() {
      return all.every(({ isStarted }) => isStarted);
    },
    breakStream: (durationMs) => {
      for (const connections of all) connections.breakStream(durationMs);
    },
    disconnect: () => {
      for (const connections of all) connections.disconnect();
    },
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
