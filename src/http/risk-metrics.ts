/**
 * The risk figures of /metrics: equity, losses, ladder and trading states, by portfolio and mode.
 *
 * Entry point: `registerRiskMetrics`. A figure that is not known has no sample: neither is one kept from an earlier scrape, nor does 0
 * stand for it. A state is a series for each value that it can have, 1 for the present one.
 */
import { Gauge, type Registry } from 'prom-client';
import type { Decimal } from '../core/decimal.ts';
import type { AccountMode } from '../core/ids.ts';
import { dailyLossOf, drawdownOf } from '../core/risk/equity.ts';
import { LADDER_STEPS } from '../core/risk/ladder-step.ts';
import type { Desk, RiskReading } from '../engine/desk.ts';
import { TRADING_WORDS, tradingOf } from './views/risk-status.ts';

/** The reading of one mode of a portfolio, and the time of our clock that it was taken at. */
interface Scraped {
  readonly portfolio: string;
  readonly mode: AccountMode;
  readonly risk: RiskReading;
}

/** Labels beside portfolio and mode, and a figure; null where it is not known. */
type Sample = readonly [Readonly<Record<string, string>>, Decimal | number | null];

type RiskDesk = Pick<Desk, 'portfolioId' | 'ready'> & { readonly books: Pick<Desk['books'], 'risk'> };

export function registerRiskMetrics(registry: Registry, desks: () => readonly RiskDesk[]): void {
  const scrape = sharedScrape(desks);
  const gauge = (
    name: string,
    help: string,
    labelNames: readonly string[],
    samplesOf: (scraped: Scraped) => readonly Sample[],
  ): void => {
    const of = new Gauge({
      name,
      help,
      labelNames: ['portfolio', 'mode', ...labelNames],
      registers: [registry],
      collect: async () => {
        const all = await scrape();
        of.reset();
        for (const scraped of all)
          for (const [labels, value] of samplesOf(scraped)) {
            if (value === null) continue;
            const { portfolio, mode } = scraped;
            of.set(
              { portfolio, mode, ...labels },
              typeof value === 'number' ? value : value.toApproximateNumber(),
            );
          }
      },
    });
  };
  gauge(
    'plimsoll_equity',
    'Equity in the base currency: the least (low) and the most (high) that it can be, and at the last confirmed prices (current).',
    ['end', 'currency'],
    ({ risk: { equity, baseCurrency } }) =>
      equity === null
        ? []
        : (['low', 'current', 'high'] as const).map((end) => [{ end, currency: baseCurrency }, equity[end]]),
  );
  gauge(
    'plimsoll_equity_width',
    'Between the least and the most that the equity can be, in the base currency.',
    [],
    ({ risk: { equity } }) => [[{}, equity?.high.subtract(equity.low) ?? null]],
  );
  gauge(
    'plimsoll_equity_uncertain',
    '1 while the equity is not known well enough to take new risk on it.',
    [],
    ({ risk: { equity } }) => [[{}, equity === null ? null : Number(equity.uncertain !== null)]],
  );
  gauge(
    'plimsoll_equity_read_seconds',
    'When the equity was last read, in seconds since 1970.',
    [],
    ({ risk: { equity } }) => [[{}, equity === null ? null : equity.at / 1_000]],
  );
  gauge(
    'plimsoll_daily_loss',
    'Lost since 00:00 UTC on the low end of the equity, in the base currency; 0 for a gain.',
    [],
    ({ risk: { equity } }) => [[{}, equity === null ? null : dailyLossOf(equity, equity.at, 'low')]],
  );
  gauge(
    'plimsoll_daily_loss_limit',
    'The limit on the loss of a day in the base currency, where one is set.',
    [],
    ({ risk: { limits } }) => [[{}, limits.maxDailyLoss]],
  );
  gauge(
    'plimsoll_drawdown',
    'Fraction of the peak that is lost on the low end of the equity.',
    [],
    ({ risk: { equity } }) => [[{}, equity === null ? null : drawdownOf(equity, 'low')]],
  );
  gauge(
    'plimsoll_drawdown_limit',
    'The limit on the drawdown, where one is set.',
    [],
    ({ risk: { limits } }) => [[{}, limits.maxDrawdown]],
  );
  gauge(
    'plimsoll_ladder_step',
    'The step of the risk ladder: 1 for the one that stands.',
    ['step'],
    ({ risk: { ladder } }) => LADDER_STEPS.map((step) => [{ step }, Number(step === ladder.step)]),
  );
  gauge(
    'plimsoll_trading',
    'Whether orders that add risk are taken: 1 for what holds, as in GET /risk/status.',
    ['state'],
    ({ risk }) => TRADING_WORDS.map((state) => [{ state }, Number(state === tradingOf(risk))]),
  );
  const scopes = new Gauge({
    name: 'plimsoll_trading_state_scopes',
    help: 'Scopes that somebody has made reduce-only or halted, by kind of scope.',
    labelNames: ['portfolio', 'scope', 'state'],
    registers: [registry],
    collect: async () => {
      const all = await scrape();
      scopes.reset();
      for (const { portfolio, mode, risk } of all) {
        // They are of the whole portfolio: the reading of one of its modes has them all.
        if (mode !== risk.modes[0]) continue;
        for (const kind of SCOPE_KINDS)
          for (const state of ['reduce_only', 'halted'] as const) {
            const set = risk.tradingStates.filter((one) => one.scope.kind === kind && one.state === state);
            scopes.set({ portfolio, scope: kind, state }, set.length);
          }
      }
    },
  });
}

const SCOPE_KINDS = ['portfolio', 'account', 'instrument', 'strategy'] as const;

/** Reads every mode of every ready portfolio; gauges that are collected together share one reading. */
function sharedScrape(desks: () => readonly RiskDesk[]): () => Promise<readonly Scraped[]> {
  let underWay: Promise<readonly Scraped[]> | null = null;
  return async () => {
    underWay ??= readAll(desks()).finally(() => {
      underWay = null;
    });
    return underWay;
  };
}

async function readAll(desks: readonly RiskDesk[]): Promise<readonly Scraped[]> {
  const all: Scraped[] = [];
  for (const { portfolioId: portfolio, ready, books } of desks) {
    if (!ready) continue;
    for (const mode of (await books.risk()).value.modes) {
      const { value } = await books.risk(mode);
      all.push({ portfolio, mode, risk: value.isMeasured ? value : { ...value, equity: null } });
    }
  }
  return all;
}
