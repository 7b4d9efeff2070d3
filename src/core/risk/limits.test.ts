import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Decimal, decimal } from '../decimal.ts';
import { LADDER_THRESHOLDS } from './ladder.ts';
import { LIMITS_OF_SCOPE, type LimitScopeKind } from './limit-scopes.ts';
import { DEFAULT_LIMITS, NOTHING_SET, stricter, withDefaults, type RiskLimits } from './limits.ts';
import { RISK_RULES } from './refusal.ts';
import { RULES } from './review.ts';

const DOCUMENT = readFileSync(new URL('../../../docs/risk.md', import.meta.url), 'utf8');

const LIMIT_SCOPE_KINDS: readonly LimitScopeKind[] = ['portfolio', 'account', 'instrument', 'strategy'];

/** The cells of the table under a heading, row by row, without the header. */
function tableUnder(heading: string): readonly (readonly string[])[] {
  const section = DOCUMENT.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

function shown(value: RiskLimits[keyof RiskLimits]): string {
  if (value === null) return 'not set';
  return value instanceof Decimal ? value.toString() : String(value);
}

describe('docs/risk.md', () => {
  it('lists the defaults that the code has', () => {
    const documented = new Map(tableUnder('Defaults').map(([name = '', value = '']) => [name, value]));
    expect(documented).toEqual(
      new Map(
        Object.entries(DEFAULT_LIMITS).map(([name, value]) => [
          name,
          shown(value as RiskLimits[keyof RiskLimits]),
        ]),
      ),
    );
  });

  it('lists where each limit may be set', () => {
    const documented = new Map(
      tableUnder('Defaults').map(([name = '', , , where = '']) => [name, where.split(', ')]),
    );
    for (const [name, where] of documented) {
      const scopes = LIMIT_SCOPE_KINDS.filter((kind) =>
        LIMITS_OF_SCOPE[kind].some((allowed) => allowed === name),
      );
      expect(where, name).toEqual(scopes.length === 0 ? ['environment'] : scopes);
    }
  });

  it('lists the rules in the precedence that the code has, and which stay on', () => {
    expect(tableUnder('Rules').map(([, name, , , stays]) => [name, stays])).toEqual(
      RISK_RULES.map((name) => [name, RULES[name].always ? 'yes' : 'no']),
    );
  });

  it('lists the thresholds of the ladder', () => {
    expect(tableUnder('Ladder').map(([step, share]) => [step, share])).toEqual(
      LADDER_THRESHOLDS.map(([step, hundredths]) => [step, `${hundredths} %`]).reverse(),
    );
  });
});

describe('the stricter of two sets of limits', () => {
  const other: RiskLimits = {
    ...DEFAULT_LIMITS,
    checksEnabled: false,
    maxPositionNotional: decimal('10'),
    maxOrderNotional: decimal('2000000'),
    maxOpenOrders: 5,
    orderRateWindowMs: 2_000,
    staleQuoteMs: 100,
    duplicateWindowMs: 50,
    allowedSymbols: ['BTC/USDT', 'ETH/USDT'],
  };

  it('takes the tighter figure of each, and one that is set over one that is not', () => {
    expect(stricter(DEFAULT_LIMITS, other)).toEqual({
      ...DEFAULT_LIMITS,
      maxPositionNotional: decimal('10'),
      maxOpenOrders: 5,
      orderRateWindowMs: 2_000,
      staleQuoteMs: 100,
      duplicateWindowMs: 50,
      allowedSymbols: ['BTC/USDT', 'ETH/USDT'],
      checksEnabled: false,
    });
  });

  it('does not depend on which comes first', () => {
    expect(stricter(other, DEFAULT_LIMITS)).toEqual(stricter(DEFAULT_LIMITS, other));
  });

  it('allows only what both allow', () => {
    const narrow = { ...other, allowedSymbols: ['ETH/USDT', 'XRP/USDT'] };
    expect(stricter(other, narrow).allowedSymbols).toEqual(['ETH/USDT']);
  });

  it('takes nothing from a set that says nothing', () => {
    expect(stricter(other, NOTHING_SET)).toEqual(other);
    expect(withDefaults(NOTHING_SET)).toEqual(DEFAULT_LIMITS);
    expect(withDefaults({ ...NOTHING_SET, maxOrderNotional: decimal('5000000') }).maxOrderNotional).toEqual(
      decimal('5000000'),
    );
  });
});
