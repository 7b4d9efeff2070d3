import { describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { accountId } from '../ids.ts';
import { ACCOUNT, Desk, SWAP } from '../testing/fixture.ts';
import { settingChange, settingValue } from '../venue/setting.ts';
import type { Input } from './decide.ts';
import { decodeState, encodeState } from './snapshot.ts';

const asked = (
  leverage: string,
  maxLeverage: string | null,
  checksEnabled = true,
  account = ACCOUNT,
): Input => ({
  type: 'request_setting',
  accountId: account,
  change: { setting: 'leverage', symbol: SWAP, leverage: decimal(leverage) },
  former: '5',
  limits: { checksEnabled, maxLeverage: maxLeverage === null ? null : decimal(maxLeverage) },
  requestedBy: 'ann/bot',
  why: 'less risk',
});

describe('settings at the venue', () => {
  it.each([
    ['20', '20', true],
    ['21', null, true],
    ['125', '20', false],
  ])('journals leverage %s within %s before it is sent', (leverage, limit, checksEnabled) => {
    const { events, reply } = new Desk().run(asked(leverage, limit, checksEnabled));
    expect(reply).toEqual({ kind: 'setting', outcome: { kind: 'setting_requested' } });
    expect(events).toEqual([
      {
        type: 'setting_requested',
        accountId: ACCOUNT,
        setting: 'leverage',
        symbol: SWAP,
        value: leverage,
        former: '5',
        limit: checksEnabled ? limit : null,
        requestedBy: 'ann/bot',
        why: 'less risk',
      },
    ]);
  });

  it('denies leverage above the limit, with both figures', () => {
    const { events, reply } = new Desk().run(asked('20.5', '20'));
    const refusal = {
      rule: 'leverage',
      code: 'leverage_limit',
      limit: '20',
      actual: '20.5',
      detail: 'leverage: 20.5 is above the limit of 20',
    };
    expect(reply).toEqual({ kind: 'setting', outcome: { kind: 'setting_denied', refusal } });
    expect(events).toMatchObject([
      { type: 'setting_denied', value: '20.5', refusal, requestedBy: 'ann/bot' },
    ]);
  });

  it('holds modes against no limit, and journals what became of them', () => {
    const desk = new Desk();
    const change = { setting: 'margin_mode', symbol: SWAP, marginMode: 'isolated' } as const;
    const limits = { checksEnabled: true, maxLeverage: decimal('1') };
    const who = { requestedBy: 'ann/bot', why: '' };
    expect(
      desk.run({ type: 'request_setting', accountId: ACCOUNT, change, former: null, limits, ...who }).events,
    ).toMatchObject([{ type: 'setting_requested', value: 'isolated', limit: null }]);
    desk.run({
      type: 'request_setting',
      accountId: ACCOUNT,
      change: { setting: 'position_mode', positionMode: 'one_way' },
      former: null,
      limits,
      ...who,
    });
    const venueRefusal = { kind: 'other', venueCode: '-4048', venueMessage: 'there is a position' } as const;
    expect(
      desk.run({
        type: 'setting_answered',
        accountId: ACCOUNT,
        change: { setting: 'position_mode', positionMode: 'one_way' },
        outcome: 'refused',
        shown: null,
        venueRefusal,
        detail: '',
      }).events,
    ).toMatchObject([
      {
        type: 'setting_answered',
        setting: 'position_mode',
        symbol: null,
        value: 'one_way',
        outcome: 'refused',
        venueRefusal,
      },
    ]);
  });

  it('a request is open until its answer, which is journaled once', () => {
    const desk = new Desk();
    const answered = (leverage: string): Input => ({
      type: 'setting_answered',
      accountId: ACCOUNT,
      change: { setting: 'leverage', symbol: SWAP, leverage: decimal(leverage) },
      outcome: 'unknown',
      shown: '5',
      venueRefusal: null,
      detail: '',
    });
    desk.run(asked('7', null));
    desk.run(asked('8', null));
    desk.run(asked('7', null));
    desk.run(asked('30', '20'));
    const open = () => desk.state.openSettings.map(({ value }) => value);
    expect(open()).toEqual(['7', '8', '7']);
    expect(desk.state.openSettings[0]).toMatchObject({
      accountId: ACCOUNT,
      setting: 'leverage',
      symbol: SWAP,
      requestedAt: desk.at,
    });
    expect(decodeState(encodeState(desk.state)).openSettings).toEqual(desk.state.openSettings);
    expect(desk.run(answered('9')).events).toEqual([]);
    expect(desk.run(answered('7')).events).toHaveLength(1);
    expect(open()).toEqual(['8', '7']);
    expect(desk.run(answered('7')).events).toHaveLength(1);
    expect(desk.run(answered('7')).events).toEqual([]);
    desk.run(answered('8'));
    expect(open()).toEqual([]);
    expect(encodeState(desk.state)).not.toHaveProperty('openSettings');
  });

  it('an answer settles the request of its own account, not an older one like it of another', () => {
    const desk = new Desk();
    const second = accountId('second');
    desk.run(asked('7', null));
    desk.run(asked('7', null, true, second));
    desk.run({
      type: 'setting_answered',
      accountId: second,
      change: { setting: 'leverage', symbol: SWAP, leverage: decimal('7') },
      outcome: 'set',
      shown: '7',
      venueRefusal: null,
      detail: '',
    });
    expect(desk.state.openSettings.map(({ accountId: of }) => of)).toEqual([ACCOUNT]);
  });

  it.each([
    { setting: 'leverage', symbol: SWAP, leverage: decimal('7') },
    { setting: 'margin_mode', symbol: SWAP, marginMode: 'isolated' },
    { setting: 'position_mode', positionMode: 'one_way' },
  ] as const)('$setting is known again from its facts', (change) => {
    const symbol = change.setting === 'position_mode' ? null : change.symbol;
    expect(settingChange({ setting: change.setting, symbol, value: settingValue(change) })).toEqual(change);
  });
});
