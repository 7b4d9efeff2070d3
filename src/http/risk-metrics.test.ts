import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { asset, portfolioId } from '../core/ids.ts';
import type { EquityRecord } from '../core/risk/equity-record.ts';
import type { RiskReading } from '../engine/desk.ts';
import { NO_LIMITS, START } from '../core/testing/fixture.ts';
import { registerRiskMetrics } from './risk-metrics.ts';

const EQUITY: EquityRecord = {
  current: decimal('950'),
  low: decimal('900'),
  high: decimal('980'),
  capital: decimal('1000'),
  peak: decimal('1000'),
  dayStart: decimal('1000'),
  day: START - (START % 86_400_000),
  at: START,
  prices: [],
  unpriced: [],
  uncertain: null,
};

/** The samples of a portfolio with that reading, by metric and labels. */
async function samplesOf(given: Partial<RiskReading>): Promise<ReadonlyMap<string, string>> {
  const risk = {
    limits: NO_LIMITS,
    baseCurrency: asset('USDT'),
    tradingStates: [],
    mode: 'paper',
    modes: ['paper'],
    equity: EQUITY,
    ladder: { step: 'none', steppedAt: 0, why: '' },
    isMeasured: true,
    killSwitch: { engaged: false, requestedBy: '', why: '', at: 0 },
    halted: null,
    ...given,
  } as unknown as RiskReading;
  const registry = new Registry();
  registerRiskMetrics(registry, () => [
    { portfolioId: portfolioId('p'), ready: true, books: { risk: async () => ({ value: risk, seq: 1 }) } },
  ]);
  const lines = (await registry.metrics()).split('\n').filter((line) => line.includes('{'));
  return new Map(
    lines.map((line) => {
      const [, name = '', labels = '', value = ''] = /^(\w+)\{(.*)\} (.+)$/.exec(line) ?? [];
      return [`${name} ${labels.replace('portfolio="p",mode="paper"', '')}`.trim(), value];
    }),
  );
}

it('loss and drawdown are measured on the low end of the equity, and its width lies between the ends', async () => {
  const samples = await samplesOf({});
  expect(samples.get('plimsoll_daily_loss')).toBe('100');
  expect(samples.get('plimsoll_drawdown')).toBe('0.1');
  expect(samples.get('plimsoll_equity_width')).toBe('80');
});

it('an equity that is not measured has no sample, whatever the last record says', async () => {
  const names = [...(await samplesOf({ isMeasured: false })).keys()];
  expect(names.filter((name) => /equity|loss|drawdown/.test(name))).toEqual([]);
});
