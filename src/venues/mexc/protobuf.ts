/**
 * Reads messages in the wire format of Protocol Buffers by a table of their fields; fields that are in no table are passed over.
 *
 * Entry point: `readMessage`. Source: "Encoding" of the Protocol Buffers documentation. Only what MEXC's pushes use is read: texts, whole
 * numbers of up to 64 bits, flags, and messages inside messages.
 */
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { MalformedAnswer } from '../ccxt/exact-json.ts';

export interface Field {
  readonly name: string;
  readonly type: 'text' | 'integer' | 'flag' | MessageTable;
}

/** The fields of a message by number. */
export type MessageTable = ReadonlyMap<number, Field>;

/** A table of fields as they stand in a `.proto` file. */
export function messageTable(
  fields: Readonly<Record<string, readonly [number: number, type: Field['type']]>>,
): MessageTable {
  return new Map(Object.entries(fields).map(([name, [number, type]]) => [number, { name, type }]));
}

const VARINT = 0;
const EIGHT_BYTES = 1;
const WITH_LENGTH = 2;
const FOUR_BYTES = 5;
const LONGEST_VARINT = 10;

/**
 * The fields that are there, by name: a field with the value of nought is left out by its writer. Whole numbers beyond the doubles come as
 * text. Of a field that comes twice the last one counts. Throws `MalformedAnswer` where the bytes are no such message.
 */
export function readMessage(bytes: Uint8Array, table: MessageTable): JsonObject {
  const reader = new Reader(bytes);
  const message: Record<string, JsonValue> = {};
  while (!reader.isAtEnd) {
    const tag = Number(reader.varint());
    const field = table.get(tag >>> 3);
    const wireType = tag & 7;
    if (field === undefined) reader.skip(wireType);
    else message[field.name] = valueOf(reader, field, wireType);
  }
  return message;
}

function valueOf(reader: Reader, { name, type }: Field, wireType: number): JsonValue {
  if (wireType !== (type === 'integer' || type === 'flag' ? VARINT : WITH_LENGTH))
    throw new MalformedAnswer(`${name} is of another type`);
  switch (type) {
    case 'text':
      return reader.text();
    case 'integer':
      return wholeNumber(BigInt.asIntN(64, reader.varint()));
    case 'flag':
      return reader.varint() !== 0n;
    default:
      return readMessage(reader.bytes(), type);
  }
}

function wholeNumber(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let index = 0; index < LONGEST_VARINT; index += 1) {
      const byte = this.#take();
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return value;
    }
    throw new MalformedAnswer('a number without an end');
  }

  bytes(): Uint8Array {
    const length = Number(this.varint());
    const end = this.#at + length;
    if (!Number.isSafeInteger(end) || end > this.#bytes.length)
      throw new MalformedAnswer('a message that was cut off');
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  text(): string {
    const bytes = this.bytes();
    try {
      return UTF_8.decode(bytes);
    } catch (cause) {
      throw new MalformedAnswer('a text that is not UTF-8', { cause });
    }
  }

  skip(wireType: number): void {
    switch (wireType) {
      case VARINT:
        this.varint();
        return;
      case WITH_LENGTH:
        this.bytes();
        return;
      case EIGHT_BYTES:
      case FOUR_BYTES:
        for (let left = wireType === EIGHT_BYTES ? 8 : 4; left > 0; left -= 1) this.#take();
        return;
      default:
        throw new MalformedAnswer(`a field of type ${wireType}`);
    }
  }

  #take(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new MalformedAnswer('a message that was cut off');
    this.#at += 1;
    return byte;
  }
}
