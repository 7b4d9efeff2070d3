/** A record of the journal as the API shows it: who, when, why, on what numbers. */
import { z } from 'zod';
import type { JournalRecord } from '../../journal/journal.ts';
import { isoTime, timeOut } from '../fields.ts';

export const journalRecordView = z
  .object({
    seq: z.int(),
    at: timeOut,
    type: z.string(),
    payload: z.record(z.string(), z.unknown()),
    hash: z.string(),
    previous_hash: z.string(),
  })
  .meta({ id: 'JournalRecord' });

export function toJournalRecordView(record: JournalRecord): z.output<typeof journalRecordView> {
  return {
    seq: record.seq,
    at: isoTime(record.at),
    type: record.type,
    payload: record.payload,
    hash: record.hash,
    previous_hash: record.previousHash,
  };
}
