/**
 * Leverage and position mode of MEXC's contracts.
 *
 * Entry point: `MexcSettings`. Leverage is set for each side of a contract: by the number of a position where one is held, else by contract, side
 * and margin mode. An order carries its margin mode, and ours are crossed. Sources: "Switch leverage" and "Change position mode" of the contract
 * documentation.
 */
import { Decimal } from '../../core/decimal.ts';
import type { MarginMode, PositionMode, SettingOutcome } from '../../core/venue/setting.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Settings } from '../connected-account.ts';
import type { ListedInstrument } from '../markets.ts';
import { MalformedAnswer } from '../ccxt/exact-json.ts';
import { ReadFailure } from '../read-retry.ts';
import { Inexpressible, settingWrite } from '../write.ts';
import type { Write, WriteResult } from '../write.ts';
import type { MexcAccount } from './account.ts';
import { CLASSIFIERS } from './classify.ts';
import { SWAP } from './endpoints.ts';
import { openPositions } from './normalize-account.ts';
import type { OpenPosition } from './normalize-account.ts';

const CROSS = 2;
/** "positionType: 1 Long 2:short". */
const POSITION_TYPES = { long: 1, short: 2 } as const;
const POSITION_MODES: Readonly<Record<PositionMode, number>> = { hedged: 1, one_way: 2 };

export class MexcSettings implements Settings {
  readonly #account: MexcAccount;

  constructor(account: MexcAccount) {
    this.#account = account;
  }

  leverage(listed: ListedInstrument, leverage: Decimal): Write<SettingOutcome> {
    if (!leverage.isMultipleOf(Decimal.one) || !leverage.isPositive())
      throw new Inexpressible(`leverage ${leverage.toString()} is not a whole number above zero`);
    return {
      expected: 'the setting',
      leave: async () => this.#setBothSides(listed, leverage.toString()),
      classify: (answer) => CLASSIFIERS.linear_swap.setting(answer),
      read: () => ({ kind: 'set' }),
    };
  }

  marginMode(_listed: ListedInstrument, marginMode: MarginMode): Write<SettingOutcome> {
    throw new Inexpressible(`margin mode ${marginMode}: orders carry it here, and ours are crossed`);
  }

  positionMode(positionMode: PositionMode): Write<SettingOutcome> {
    const parameters = { positionMode: POSITION_MODES[positionMode] };
    return settingWrite(this.#account.requests, SWAP.setPositionMode, parameters, {
      classify: (answer) => CLASSIFIERS.linear_swap.setting(answer),
      read: () => {
        this.#account.mode.value = positionMode;
        return { kind: 'set' };
      },
    });
  }

  /** Each side once, the second where the first was set; the result is that of the last one that left. */
  async #setBothSides(listed: ListedInstrument, leverage: string): Promise<WriteResult> {
    let held: readonly OpenPosition[];
    try {
      held = await this.#positionsOf(listed);
    } catch (error) {
      if (!(error instanceof ReadFailure) && !(error instanceof MalformedAnswer)) throw error;
      return { kind: 'not_sent', reason: 'connect_failed', detail: `no positions read: ${error.message}` };
    }
    const first = await this.#setSide(listed, held, 'long', leverage);
    if (first.kind !== 'answered' || CLASSIFIERS.linear_swap.setting(first.answer).kind !== 'answered')
      return first;
    return this.#setSide(listed, held, 'short', leverage);
  }

  async #positionsOf({ venueSymbol }: ListedInstrument): Promise<readonly OpenPosition[]> {
    const { names, requests } = this.#account;
    const body = await requests.read(SWAP.positions, { symbol: venueSymbol }, 'look_up');
    // The number of a position is the same in either mode.
    return openPositions(body ?? [], names.linear_swap, 'one_way').filter(
      (position) => position.venueSymbol === venueSymbol,
    );
  }

  async #setSide(
    { venueSymbol }: ListedInstrument,
    held: readonly OpenPosition[],
    side: 'long' | 'short',
    leverage: string,
  ): Promise<WriteResult> {
    const position = held.find(({ positionType }) => positionType === side);
    const which: Parameters =
      position === undefined
        ? { openType: CROSS, symbol: venueSymbol, positionType: POSITION_TYPES[side] }
        : { positionId: numberOrText(position.positionId) };
    return this.#account.requests.writeNow(SWAP.setLeverage, { ...which, leverage: Number(leverage) }, 'new');
  }
}

/** A number as far as it is exact. */
function numberOrText(id: string): number | string {
  return Number.isSafeInteger(Number(id)) ? Number(id) : id;
}
