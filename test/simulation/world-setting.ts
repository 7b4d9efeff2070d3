/**
 * The kind of world that a seed makes.
 *
 * Entry point: `settingOf`. Everything is drawn before anything runs.
 */
import { decimal, type Decimal } from '../../src/core/decimal.ts';
import type { RiskLimits } from '../../src/core/risk/limits.ts';
import { NO_MEMORY_FAULTS, type MemoryFaults } from '../../src/journal/testing/memory-journal.ts';
import { mix, Random } from '../../src/simulators/exchange/random.ts';
import { besidesOf, type BesideSetting } from './beside-setting.ts';
import { NO_FAULTS, type FaultKind, type FaultRates } from './faults.ts';
import { lossesOf, NO_LOSSES, type LossSetting } from './loss-setting.ts';
import { FEE_COIN, type VenueSetting } from './venue.ts';
import { ON_WIRE, type WorldVenue } from './wire/worlds.ts';

/** The limits of docs/risk.md that a world may set; those that it leaves out have their defaults. */
export type StrictLimits = Partial<
  Pick<
    RiskLimits,
    | 'maxOpenOrders'
    | 'maxOrdersPerWindow'
    | 'orderRateWindowMs'
    | 'maxOrderQuantity'
    | 'maxOrderNotional'
    | 'maxTotalExposure'
    | 'maxLeverage'
    | 'priceCollarBps'
    | 'duplicateWindowMs'
    | 'allowedSymbols'
    | 'staleQuoteMs'
  >
>;

/** The choices that a seed makes before anything runs. */
export interface WorldSetting {
  readonly seed: number;
  /** The own gateway of the world's venue over its wire, or the light one that knows more kinds of venue. */
  readonly gateway: 'real' | 'light';
  /** How long processes have to start before there are faults, and callers. */
  readonly calmStartMs: number;
  /** For how long callers are at work. */
  readonly activityMs: number;
  readonly nodes: readonly string[];
  readonly rates: FaultRates;
  /** Faults that this world does not have although its rates would, by kind: to see that it is noticed. */
  readonly withoutFaults: readonly FaultKind[];
  readonly journal: MemoryFaults;
  /** How often the journal's storage becomes unavailable, per second of activity. */
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
  /** Limits beside it that are tighter than the defaults. */
  readonly strictLimits: StrictLimits;
  /** Orders, executions and deposits that the service did not make. */
  readonly externals: boolean;
  /** Another program trades on the same keys, every so many milliseconds; null: none does. */
  readonly externalEveryMs: number | null;
  /** The time that each record adds to its commit, in milliseconds. */
  readonly recordMs: number;
  /** Executions in one page of them: few, so that paging is met, and more where another program makes very many. */
  readonly fillsPage: number;
  readonly callEveryMs: number;
  /** Whether callers use stop orders. */
  readonly stops: boolean;
  /** Who changes the position mode of the account in the run; null: nobody does. */
  readonly modeSwitchedBy: 'desk' | 'venue' | null;
  /** Whether people set trading states, and take them back. */
  readonly tradingStates: boolean;
  /** The currency of limits, equity and results. */
  readonly baseCurrency: 'USDT' | 'BTC';
  readonly venue: VenueSetting;
  /** Accounts beside the one at this venue. */
  readonly besides: readonly BesideSetting[];
  readonly losses: LossSetting;
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
/** About what these are worth, in dollars. */
const PLENTY_EQUITY = 580_000;
const SCARCE_EQUITY = 7_000;
/** As above, with the amounts of both wallets in one. */
const PLENTY_UNIFIED: VenueSetting['balances'] = unified(PLENTY, '300000');
const SCARCE_UNIFIED: VenueSetting['balances'] = unified(SCARCE, '1800');

/** The venue's own coin, of which fees of spot and swaps are paid: for a whole run, or for some orders. */
function coinsOf(isScarce: boolean): VenueSetting['balances'] {
  const amount = isScarce ? '0.01' : '5';
  return [
    { wallet: 'spot', asset: FEE_COIN, amount },
    { wallet: 'swap', asset: FEE_COIN, amount },
  ];
}

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
  const drawnScarce = random.below(3) === 0;
  const swap = random.below(3) === 0;
  const stops = random.below(3) === 0;
  const restarts = random.below(3);
  const externalTrader = random.below(6) === 0 ? pick([20, 60, 150]) : null;
  const account = accountOf(seed, swap);
  const ownGatewayOf = venueOf(seed, account);
  const isScarce = drawnScarce || account.isTight;
  const plenty = account.wallets === 'unified' ? PLENTY_UNIFIED : PLENTY;
  const scarce = account.wallets === 'unified' ? SCARCE_UNIFIED : SCARCE;
  const paysInCoin =
    account.wallets === 'separate' &&
    ON_WIRE[ownGatewayOf ?? 'binance'].protocol.policy.spot.feeCoin?.asset === FEE_COIN &&
    new Random(mix(seed ^ 0x3d20adea)).below(5) === 0;
  const drawn: WorldSetting = {
    seed,
    gateway: ownGatewayOf === null ? 'light' : 'real',
    calmStartMs: 0,
    activityMs,
    nodes,
    rates: isCalm ? NO_FAULTS : rates,
    withoutFaults: [],
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
    externalEveryMs:
      externalTrader === null
        ? null
        : Math.max(externalTrader, EXTERNAL_AT_LEAST_MS[ownGatewayOf ?? 'binance'] ?? 0),
    recordMs: 0,
    fillsPage: externalTrader === null ? 4 : 50,
    callEveryMs,
    stops: stops || account.stopsKeepId,
    modeSwitchedBy: account.modeSwitchedBy,
    ...deskOf(seed, maxPosition),
    strictLimits: strictLimitsOf(seed, account.swap),
    besides: besidesOf(seed),
    losses: NO_LOSSES,
    venue: {
      venue: ownGatewayOf ?? 'binance',
      seed,
      paysInCoin,
      swap: account.swap,
      wallets: account.wallets,
      hedged: account.hedged,
      leverage: account.leverage,
      textTradeIds: account.textTradeIds,
      stopsKeepId: account.stopsKeepId,
      fundingNamesSide: account.fundingNamesSide,
      balances: [...(isScarce ? scarce : plenty), ...(paysInCoin ? coinsOf(isScarce) : [])],
    },
  };
  const tightened = account.isTight ? tight(drawn) : drawn;
  const atVenue = tightened.gateway === 'real' ? asAtVenue(tightened) : tightened;
  const isInDollars =
    atVenue.baseCurrency === 'USDT' &&
    atVenue.besides.length === 0 &&
    !paysInCoin &&
    !externals &&
    externalTrader === null;
  const equity = isScarce ? SCARCE_EQUITY : PLENTY_EQUITY;
  return { ...atVenue, losses: lossesOf(seed, { activityMs, equity, isInDollars }) };
}

/**
 * How often another program trades at most, where the executions of one that trades more often cannot be read in time: MEXC lists a hundred an
 * answer, fifty answers in ten seconds, and an execution may be listed five minutes late, so that as much is read each time.
 */
const EXTERNAL_AT_LEAST_MS: Readonly<Partial<Record<WorldVenue, number>>> = { mexc: 150 };

/** At these venues processes also start amid faults; the few worlds at others would see little beside. */
const STARTING_AMID_FAULTS: ReadonlySet<WorldVenue> = new Set(['binance', 'okx', 'bybit']);
const CALM_START_MS = 3_000;

/**
 * The venue's own ids of trades and ends of stops, in place of those that were drawn. No venue's record of funding names a
 * position side; keys that trade spot alone do not see the wallet of swaps.
 */
function asAtVenue(setting: WorldSetting): WorldSetting {
  const { venue } = setting;
  const { policy } = ON_WIRE[venue.venue].protocol;
  const balances = venue.balances.filter(({ wallet }) => wallet !== 'swap' || venue.swap);
  const stopsKeepId = policy.swap.onTrigger === 'same_order';
  return {
    ...setting,
    calmStartMs: STARTING_AMID_FAULTS.has(venue.venue) ? 0 : CALM_START_MS,
    venue: { ...venue, balances, textTradeIds: false, stopsKeepId, fundingNamesSide: false },
  };
}

/**
 * Where nobody else acts, the market stands still and the venue counts exactly, every order can be held against the limit
 * and the balance: little of both, so that many orders come near.
 */
function tight(setting: WorldSetting): WorldSetting {
  return {
    ...setting,
    pinned: true,
    maxPositionNotional: decimal('3000'),
    baseCurrency: 'USDT',
    externals: false,
    externalEveryMs: null,
    rates: { ...setting.rates, staleFigures: 0 },
  };
}

/** The wishes of people at the desk: drawn apart, as the account is. A limit on positions is one in dollars. */
function deskOf(
  seed: number,
  maxPositionNotional: Decimal | null,
): Pick<WorldSetting, 'tradingStates' | 'baseCurrency'> {
  const random = new Random(mix(seed ^ 0x71d39a4f));
  const tradingStates = random.below(4) === 0;
  const isInBitcoin = random.below(3) === 0 && maxPositionNotional === null;
  return { tradingStates, baseCurrency: isInBitcoin ? 'BTC' : 'USDT' };
}

/** Limits as a careful desk sets them: of each kind in some worlds, several at once, most worlds without any. */
function strictLimitsOf(seed: number, hasSwap: boolean): StrictLimits {
  const random = new Random(mix(seed ^ 0x3b9d27c5));
  if (random.below(5) >= 2) return {};
  const candidates: readonly StrictLimits[] = [
    { maxOpenOrders: 2 },
    { maxOrdersPerWindow: 5, orderRateWindowMs: 3_000 },
    { maxOrderQuantity: decimal('0.02') },
    // In the base currency: where that is bitcoin, no order comes near.
    { maxOrderNotional: decimal('1000') },
    { maxTotalExposure: decimal('3500') },
    ...(hasSwap ? [{ maxLeverage: decimal('10') }] : []),
    { priceCollarBps: 8 },
    { duplicateWindowMs: 2_000 },
    { allowedSymbols: ['BTC/USDT', 'BTC/USDT:USDT'] },
    { staleQuoteMs: 1_000 },
  ];
  return candidates
    .filter(() => random.below(3) === 0)
    .reduce((limits, candidate) => ({ ...limits, ...candidate }), {});
}

type AccountSetting = Omit<VenueSetting, 'venue' | 'seed' | 'balances' | 'paysInCoin'> &
  Pick<WorldSetting, 'modeSwitchedBy'> & { readonly isTight: boolean };

/** Whether the world is one that Binance can be, and drawn for its own gateway. */
function isAtBinance(seed: number, account: AccountSetting): boolean {
  const isBinance =
    account.wallets === 'separate' &&
    !account.textTradeIds &&
    !account.stopsKeepId &&
    !(account.hedged && account.fundingNamesSide);
  return isBinance && new Random(mix(seed ^ 0x6e5a11f7)).below(10) < 8;
}

/** Of so many worlds that Binance cannot be. */
const PLACES = 20;
/** Accounts in which venues differ: one wallet for all, spot alone, swaps in one-way mode always, and in hedged mode for a while at least. */
type AccountKind = 'unified' | 'spot' | 'one_way_swaps' | 'hedged_swaps';
/**
 * How many of them run at the gateway of which venue, by the kind of their accounts; the rest keep the light one. A venue that is added
 * takes places of the rest, at the end of its lines: the worlds of others stay as they are.
 */
const PLACES_OF: Readonly<Record<AccountKind, readonly (readonly [venue: WorldVenue, places: number])[]>> = {
  unified: [
    ['okx', 7],
    ['bybit', 6],
    ['bitget', 6],
  ],
  spot: [
    ['kucoin', 2],
    ['mexc', 3],
    ['coinbase', 4],
    ['htx', 4],
  ],
  one_way_swaps: [
    ['kucoin', 8],
    ['mexc', 6],
  ],
  hedged_swaps: [['mexc', 7]],
};

function accountKindOf({ hedged, modeSwitchedBy, swap, wallets }: AccountSetting): AccountKind {
  if (wallets === 'unified') return 'unified';
  if (!swap) return 'spot';
  return hedged || modeSwitchedBy !== null ? 'hedged_swaps' : 'one_way_swaps';
}

/** The venue at whose own gateway the world runs; null: the light one. */
function venueOf(seed: number, account: AccountSetting): WorldVenue | null {
  if (isAtBinance(seed, account)) return 'binance';
  let place = new Random(mix(seed ^ 0x1f83d9ab)).below(PLACES);
  for (const [venue, places] of PLACES_OF[accountKindOf(account)]) {
    if (place < places) return venue;
    place -= places;
  }
  return null;
}

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
