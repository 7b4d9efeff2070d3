/**
 * The settings of a KuCoin futures account: margin mode of each contract, leverage in cross mode, position mode.
 *
 * Entry points: `settingEndpoints`, `marginModeOf`, `leverageOf`. Sources: "Get Margin Mode", "Switch Margin Mode", "Modify Cross Margin Leverage" and
 * "Switch Position Mode" of the futures documentation.
 */
import type { MarginMode } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { privateEndpoint, tradingEndpoint, type AccountCall, type Draw, type Endpoint } from '../access.ts';
import { malformed, missing } from '../errors.ts';
import type { Json } from '../exact-json.ts';
import { readWord, textOf, type Parameters } from '../parameters.ts';
import { isObject } from '../../wire/request-fields.ts';
import type { UndecidedBehaviour } from '../undecided.ts';
import { contractNamed, type Contract } from './instruments.ts';
import { futuresRefusal, unknownContract } from './refusals.ts';

export interface SettingSettings {
  readonly exchange: Exchange;
  readonly freshMarginMode: UndecidedBehaviour['freshMarginMode'];
}

export type ModeWord = 'CROSS' | 'ISOLATED';

const TWO: Draw = ['futures', 2];
const MODES: Readonly<Record<ModeWord, MarginMode>> = { CROSS: 'cross', ISOLATED: 'isolated' };
const optionOf = ({ id }: Contract): string => `marginMode:${id}`;

export function contractFrom(parameters: Parameters): Contract {
  const contract = contractNamed(parameters.required('symbol'));
  if (contract === undefined) throw unknownContract();
  return contract;
}

export function settingEndpoints(settings: SettingSettings): Endpoint[] {
  const { exchange } = settings;
  return [
    privateEndpoint(
      'v2/position/getMarginMode',
      'other',
      TWO,
      ({ parameters: { parameters }, accountId }) => {
        const contract = contractFrom(parameters);
        return { symbol: contract.id, marginMode: marginModeOf(settings, accountId, contract) };
      },
    ),
    tradingEndpoint('POST', 'v2/position/changeMarginMode', 'settings', TWO, (call) => {
      const { parameters } = call.parameters;
      const contract = contractFrom(parameters);
      const mode = readWord(parameters, 'marginMode', ['CROSS', 'ISOLATED']);
      if (mode === undefined) throw missing('marginMode');
      switchTo(settings, call, contract, mode);
      return { symbol: contract.id, marginMode: mode };
    }),
    tradingEndpoint('POST', 'v2/position/batchChangeMarginMode', 'settings', TWO, (call) =>
      switchMany(settings, call),
    ),
    privateEndpoint('v2/getCrossUserLeverage', 'other', TWO, ({ parameters: { parameters }, accountId }) => {
      const contract = contractFrom(parameters);
      return { symbol: contract.id, leverage: String(leverageOf(exchange, accountId, contract)) };
    }),
    tradingEndpoint(
      'POST',
      'v2/changeCrossUserLeverage',
      'settings',
      TWO,
      ({ parameters: { parameters }, accountId, at }) => {
        const { unified } = contractFrom(parameters);
        const leverage = parameters.requiredDecimal('leverage');
        if (leverage.scale > 0) throw malformed('leverage');
        const done = exchange.setLeverage(at, accountId, unified, Number(leverage.toString()));
        if (!done.ok) throw futuresRefusal(done.refusal);
        return true;
      },
    ),
    privateEndpoint('v2/position/getPositionMode', 'other', TWO, ({ accountId }) => ({
      positionMode: exchange.isHedged(accountId) ? 1 : 0,
    })),
    tradingEndpoint(
      'POST',
      'v2/position/switchPositionMode',
      'settings',
      TWO,
      ({ parameters: { parameters }, accountId, at }) => {
        const mode = parameters.requiredInteger('positionMode');
        if (mode !== 0 && mode !== 1) throw malformed('positionMode');
        if (exchange.isHedged(accountId) !== (mode === 1)) {
          const done = exchange.setHedged(at, accountId, mode === 1);
          if (!done.ok) throw futuresRefusal(done.refusal);
        }
        return { positionMode: mode };
      },
    ),
  ];
}

/** The mode that the user chose for a contract, else that of a fresh one. */
export function marginModeOf(
  { exchange, freshMarginMode }: SettingSettings,
  accountId: string,
  contract: Contract,
): ModeWord {
  return exchange.options(accountId)[optionOf(contract)] === undefined
    ? freshMarginMode
    : exchange.options(accountId)[optionOf(contract)] === 'CROSS'
      ? 'CROSS'
      : 'ISOLATED';
}

export function leverageOf(exchange: Exchange, accountId: string, { unified }: Contract): number {
  return (
    exchange.positions(accountId).find(({ symbol }) => symbol === unified)?.leverage ??
    exchange.instrument(unified)?.swap?.defaultLeverage ??
    1
  );
}

/** The position's own mode, as the neutral exchange has it, is that of the contract before an order is made. */
export function alignMarginMode(
  settings: SettingSettings,
  { accountId, at }: AccountCall,
  contract: Contract,
): void {
  const { exchange } = settings;
  const wanted = MODES[marginModeOf(settings, accountId, contract)];
  const held =
    exchange.positions(accountId).find(({ symbol }) => symbol === contract.unified)?.marginMode ?? 'cross';
  if (held === wanted) return;
  const done = exchange.setMarginMode(at, accountId, contract.unified, wanted);
  if (!done.ok) throw futuresRefusal(done.refusal);
}

function switchTo(
  settings: SettingSettings,
  { accountId, at }: AccountCall,
  contract: Contract,
  mode: ModeWord,
): void {
  const { exchange } = settings;
  if (marginModeOf(settings, accountId, contract) !== mode) {
    const done = exchange.setMarginMode(at, accountId, contract.unified, MODES[mode]);
    if (!done.ok) throw futuresRefusal(done.refusal);
  }
  exchange.setOption(at, accountId, optionOf(contract), mode);
}

function switchMany(settings: SettingSettings, call: AccountCall): Json {
  const { body, parameters } = call.parameters;
  const mode = readWord(parameters, 'marginMode', ['CROSS', 'ISOLATED']);
  if (mode === undefined) throw missing('marginMode');
  const symbols = isObject(body) && Array.isArray(body['symbols']) ? body['symbols'].map(textOf) : [];
  const modes: Record<string, ModeWord> = {};
  const errors: Json[] = [];
  for (const symbol of symbols) {
    const contract = contractNamed(symbol);
    try {
      if (contract === undefined) throw unknownContract();
      switchTo(settings, call, contract, mode);
      modes[symbol] = mode;
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error)) throw error;
      errors.push({ code: error.code, msg: error.message, symbol });
      if (contract !== undefined) modes[symbol] = marginModeOf(settings, call.accountId, contract);
    }
  }
  return { marginMode: modes, errors };
}
