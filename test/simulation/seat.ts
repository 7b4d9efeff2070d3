/**
 * One account of a world with everything that is its own: its venue, its callers' view of the service, the portfolio it is in.
 *
 * Entry points: `Seat`, `seatSetting`.
 */
import type { AccountId, AccountMode, PortfolioId } from '../../src/core/ids.ts';
import type { Desk } from '../../src/engine/desk.ts';
import type { PortfolioEngine } from '../../src/engine/portfolio-engine.ts';
import type { Random } from '../../src/simulators/exchange/random.ts';
import type { GatewayConnections } from './simulated-gateway.ts';
import type { SimulatedVenue } from './venue.ts';
import type { ProcessGate, VirtualTime } from './virtual-time.ts';
import { PORTFOLIO, type BesideSetting } from './beside-setting.ts';
import { NO_LOSSES } from './loss-setting.ts';
import type { WorldSetting } from './world-setting.ts';

/** A process of the service as the callers of one account meet it. */
export interface SeatProcess {
  readonly gate: ProcessGate;
  /** Of the account's portfolio. */
  readonly engine: PortfolioEngine;
  /** Of the account. */
  readonly connections: Pick<GatewayConnections, 'isStarted'>;
}

export interface Seat {
  readonly accountId: AccountId;
  readonly portfolioId: PortfolioId;
  readonly mode: AccountMode;
  /** The world's, with what is the account's own. */
  readonly setting: WorldSetting;
  readonly venue: SimulatedVenue;
  readonly time: VirtualTime;
  readonly trace: (line: string) => void;
  /** Before the keys of its callers: a portfolio has one space of keys for all its accounts. */
  readonly keyPrefix: string;
  /** Whether its callers also use what the whole portfolio has: kill switch, trading states, netting. */
  readonly hasControls: boolean;
  /** The other accounts of the world, which its callers' token is not for. */
  readonly others: readonly AccountId[];
  /** A stream of chance of its own. */
  stream(name: string): Random;
  /** The process a caller is led to. */
  front(): SeatProcess | undefined;
  /** The service as a caller meets it: bound to the account where there are others. */
  deskOf(process: SeatProcess): Desk;
}

/** How seldom callers of further accounts call: the first one's are the busy ones. */
const LEAST_CALL_EVERY_MS = 150;

/** The world as the callers of an account beside the first one have it. Limits are those of their portfolio. */
export function seatSetting(world: WorldSetting, beside: BesideSetting): WorldSetting {
  const isElsewhere = beside.portfolioId !== PORTFOLIO;
  return {
    ...world,
    besides: [],
    gateway: 'light',
    callEveryMs: Math.max(world.callEveryMs, LEAST_CALL_EVERY_MS),
    externals: false,
    externalEveryMs: null,
    modeSwitchedBy: null,
    stops: false,
    fillsPage: 4,
    tradingStates: false,
    // The ladder is of a mode: only the first account's has limits.
    losses: { ...NO_LOSSES, startAt: world.losses.startAt },
    maxPositionNotional: isElsewhere ? null : world.maxPositionNotional,
    strictLimits: isElsewhere ? {} : world.strictLimits,
    venue: beside.venue,
  };
}
