/**
 * The words of this project, checked in code, tests, documents and file names: private words have a word of the field to
 * use instead, and a sentence names its subject first. Message: file, line, and the words to choose from.
 *
 * Entry points: `PRIVATE_WORDS`, the list; `privateWordsIn` and `hiddenSubjectsIn`, the two matchers. The matchers are tested as well, so
 * that the check cannot pass by finding nothing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const FOLDERS = ['src', 'test', 'bench', 'docs', '.ci'];
const TEXT_ENDINGS = new Set(['.ts', '.mjs', '.js', '.sql', '.md', '.svg', '.sh', '']);
const EXEMPT = [
  // Applied migrations never change; 0011 has to name the old columns that it renames.
  /^src\/journal\/migrations\/00(?:0\d|10|11)_/,
  // The list itself.
  /^test\/words\.test\.ts$/,
];

interface PrivateWord {
  /** Matched against text in lower case whose names are split into words, see `inWords`. */
  readonly pattern: RegExp;
  /** The words to choose from. */
  readonly instead: string;
  /** Texts that the pattern must find. */
  readonly found: readonly string[];
  /** Texts like them that it must let pass. */
  readonly passed: readonly string[];
}

const PRIVATE_WORDS: readonly PrivateWord[] = [
  {
    pattern: /\bstrangers?\b/,
    instead: 'external, unmatched',
    found: ["a stranger's order", 'isStranger', 'const strangers = 1', 'stranger-orders.ts'],
    passed: ['a strange answer'],
  },
  {
    // `tells_key_permissions` is a published field of `GET /exchanges`.
    pattern: /\b(?:tell|tells(?! key permissions)|telling|told)\b/,
    instead: 'emit, report, notify, answer, show, say',
    found: ['is told once', 'tellOwner(order)', 'what the venue tells', 'const told = 1'],
    passed: ['a bank teller', 'intelligible'],
  },
  {
    pattern: /\b(?:hear|hears|heard|hearing|unheard)\b/,
    instead: 'receive, on (an event)',
    found: ['lastHeardAt', 'it hears of a fill'],
    passed: ['the heart of it', 'a shear'],
  },
  {
    pattern: /\b(?:let|lets|letting) go\b/,
    instead: 'drop, evict, release',
    found: ['is let go', 'letGo(order)', 'never lets go of it'],
    passed: ['lets them go on'],
  },
  {
    pattern: /\baway\b(?! from)/,
    instead: 'unavailable',
    found: ['while the journal is away', 'databaseAway', 'it went away'],
    passed: ['away from zero', 'roundsAwayFromZero', 'unavailable'],
  },
  {
    pattern: /\bowed\b/,
    instead: 'pending, due',
    found: ['answers owed', 'owedCancels'],
    passed: ['is allowed', 'borrowed'],
  },
  {
    pattern: /\bmention(?:s|ed|ing)?\b/,
    instead: 'order index, name, contain',
    found: ['the mentions table', 'journalMentions', 'mentioned_orders'],
    passed: ['a dimension'],
  },
  {
    pattern: /\bleft cancels?\b/,
    instead: 'handed-over cancels',
    found: ['left-cancels.ts', 'leftCancels', 'a left cancel'],
    passed: ['what is left to cancel'],
  },
  {
    pattern: /\beras?\b/,
    instead: 'generation',
    found: ['the era of an account', 'accountEra', 'account_eras'],
    passed: ['erased', 'several', 'camera'],
  },
  {
    pattern: /\blike orders?\b/,
    instead: 'duplicate index',
    found: ['like-orders.ts', 'LikeOrders', 'likeOrder'],
    passed: ['likely orders'],
  },
  {
    pattern: /\bhappen(?:s|ed|ing|ings)?\b/,
    instead: 'occur, applyTransition',
    found: ['what happened', 'happen(draft)', 'every happening'],
    passed: ['haphazard'],
  },
  {
    pattern: /\bcarriers?\b/,
    instead: 'effect executor',
    found: ['the carrier of effects', 'effectCarrier'],
    passed: ['carried', 'carries'],
  },
  {
    pattern:
      /\b(?:in|take|takes|took|taking|a|an|the|its|their|our|own|next|new|class) turns?\b|[#.]turns?\b/,
    instead: 'serial queue; one after the other, alternately',
    found: ['waits its turn', 'in turn', 'new Turns()', 'this.#turns', 'ownTurn', 'take turns'],
    passed: ['turns to the venue', 'it turns out', 'return', 'sent. Turns a limit off', 'to turn it over'],
  },
  {
    pattern: /\bclosers\b/,
    instead: 'shutdown hooks',
    found: ['closers.push(stop)', 'portClosers'],
    passed: ['closer to it', 'disclosers'],
  },
  {
    pattern: /\bskins?\b/,
    instead: 'protocol',
    found: ['BinanceSkin', 'the skin of a venue'],
    passed: ['asking', 'skinny'],
  },
  {
    pattern: /\bdoor(?:keeper)?s?\b/,
    instead: 'authentication, boundary',
    found: ['at the door', 'AccountDoor', 'doorkeeper.ts'],
    passed: ['indoors'],
  },
  {
    pattern: /\b(?:bites?|biting)\b/,
    instead: 'mutation test',
    found: ['bites.test.ts', 'the check bites'],
    passed: ['inhibited', 'exorbitant'],
  },
  {
    pattern: /\bwhoever\b/,
    instead: 'the person, program or part that acts',
    found: ['Whoever can write', 'by whoever asks'],
    passed: ['who can write'],
  },
  {
    pattern: /\breckon(?:s|ed|ing)?\b/,
    instead: 'compute, count',
    found: ['is reckoned with', 'reckonSize'],
    passed: ['reconcile'],
  },
  {
    pattern: /\b(?:come|comes|came) to nothing\b|\bbefall?s?\b|\bpapered over\b/,
    instead: 'fail, occur, hide',
    found: ['comes to nothing', 'befalls it', 'papered over'],
    passed: ['comes to the venue'],
  },
];

/** `text` in lower case, with the words of names apart: `isStranger`, `left-cancels` and `IS_OWED` become several. */
function inWords(text: string): string {
  return text
    .replaceAll(/([a-z\d])(?=[A-Z])/g, '$1 ')
    .replaceAll(/(?<=\w)[_-](?=\w)/g, ' ')
    .toLowerCase();
}

/** Names of applied migrations, which never change, and of the fixtures that are named after them. */
const APPLIED_MIGRATION = /\b00(?:0\d|10|11)_\w+/g;

/** The private words of one line or name, each with the words to use instead. */
function privateWordsIn(text: string): readonly string[] {
  const words = inWords(text.replaceAll(APPLIED_MIGRATION, ''));
  return PRIVATE_WORDS.flatMap(({ pattern, instead }) => {
    const found = pattern.exec(words)?.[0];
    return found === undefined ? [] : [`"${found}": use ${instead}`];
  });
}

/** A run of prose in a file, its lines joined; `line` is the first one, counted from 1. */
interface Prose {
  readonly line: number;
  readonly text: string;
}

/** The mark that makes a line prose, by the ending of its file; an empty one takes every line. */
const PROSE_MARKS: Readonly<Record<string, RegExp>> = {
  '.md': /^/,
  '.sql': /^\s*--+/,
  '.sh': /^\s*#+(?!!)/,
  '': /^\s*#+(?!!)/,
};
/** A line of a comment, or a comment behind code. */
const COMMENT_MARK = /^\s*(?:\/\*+|\*(?!\/)|\/\/+)|^.*\S\s+(?:\/\/|\/\*+)(?=\s)/;
const ITEM_START = /^(#+\s|[-*]\s|\d+\.\s|\|)?(.*)$/;

/** The comments of code, or the text of a document: each paragraph, list item, heading or table cell is one. */
function proseOf(content: string, ending: string): readonly Prose[] {
  const prose: { line: number; text: string }[] = [];
  /** Whether the next line may continue the last prose. */
  let isOpen = false;
  let isInFence = false;
  for (const [index, wholeLine] of content.split('\n').entries()) {
    const line = index + 1;
    const mark = (PROSE_MARKS[ending] ?? COMMENT_MARK).exec(wholeLine)?.[0];
    const text =
      mark === undefined
        ? ''
        : wholeLine
            .slice(mark.length)
            .replace(/\*\/.*$/, '')
            .trim();
    const isFence = text.startsWith('```');
    if (isFence) isInFence = !isInFence;
    const [, start = '', rest = ''] = ITEM_START.exec(text) ?? [];
    const last = prose.at(-1);
    if (text === '' || isFence || isInFence) {
      isOpen = false;
    } else if (start === '|') {
      for (const cell of rest.split('|')) prose.push({ line, text: cell.trim() });
      isOpen = false;
    } else if (isOpen && last !== undefined && start === '' && !mark?.includes('/*')) {
      last.text += ` ${text}`;
    } else {
      prose.push({ line, text: rest });
      isOpen = !start.startsWith('#');
    }
  }
  return prose;
}

/** A sentence with a hidden subject: at the start of prose, after a sentence or colon, or in parentheses; up to its end. */
const HIDDEN_SUBJECT =
  /(?:^|[.:;!?]\**["')]*\s+|\()[*"'`(]*((?:What|Whatever|Whoever)\b.*?(?:[.?!](?=[*"')]*(?:\s|$))|$))/g;

/** Sentences that open with "What", "Whatever" or "Whoever" and ask nothing; `line` is where their paragraph begins. */
function hiddenSubjectsIn(content: string, ending: string): readonly Prose[] {
  return proseOf(content, ending).flatMap(({ line, text }) =>
    [...text.matchAll(HIDDEN_SUBJECT)]
      .map(([, sentence = '']) => sentence)
      .filter((sentence) => !sentence.endsWith('?'))
      .map((sentence) => ({ line, text: sentence })),
  );
}

function paths(): readonly string[] {
  const below = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name))),
  );
  const documents = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  return [...below, ...documents].filter((path) => !EXEMPT.some((exempt) => exempt.test(path)));
}

const files = paths()
  .filter((path) => TEXT_ENDINGS.has(extname(path)))
  .map((path) => ({ path, content: readFileSync(join(ROOT, path), 'utf8') }));

describe('the words of the project', () => {
  it('are of the field', () => {
    const inNames = paths().flatMap((path) => privateWordsIn(path).map((word) => `${path}: ${word}`));
    const inTexts = files.flatMap(({ path, content }) =>
      content
        .split('\n')
        .flatMap((line, index) => privateWordsIn(line).map((word) => `${path}:${index + 1}: ${word}`)),
    );
    expect([...inNames, ...inTexts]).toEqual([]);
  });

  it('name the subject of a sentence first, in comments and documents', () => {
    const offences = files.flatMap(({ path, content }) =>
      hiddenSubjectsIn(content, extname(path)).map(
        ({ line, text }) => `${path}:${line}: ${text.slice(0, 80)}`,
      ),
    );
    expect(offences).toEqual([]);
  });
});

describe('the check of words', () => {
  it('reads every folder, and documents at the root', () => {
    const kinds = new Set(files.map(({ path }) => `${path.split('/')[0] ?? ''} ${extname(path)}`));
    for (const kind of [
      'src .ts',
      'src .sql',
      'test .ts',
      'bench .ts',
      'docs .md',
      'docs .svg',
      '.ci ',
      'README.md .md',
    ])
      expect(kinds, kind).toContain(kind);
    expect(files.length).toBeGreaterThan(500);
  });

  it.each(PRIVATE_WORDS)('finds the words that "$instead" replaces, and none like them', (word) => {
    for (const text of word.found)
      expect(privateWordsIn(text), text).toContainEqual(expect.stringContaining(word.instead));
    for (const text of word.passed) expect(inWords(text), text).not.toMatch(word.pattern);
    expect(word.found.length).toBeGreaterThan(0);
  });

  it('lets names of applied migrations pass, and no later ones', () => {
    expect(privateWordsIn('test/upgrade/0010_left_cancels.plimsoll')).toEqual([]);
    expect(privateWordsIn("'0012_left_cancels.sql'")).toHaveLength(1);
  });

  const openings = (content: string, ending = '.ts'): readonly string[] =>
    hiddenSubjectsIn(content, ending).map(({ line, text }) => `${line}: ${text}`);

  it('finds a hidden subject in each kind of comment', () => {
    expect(openings('/** What it is. */')).toEqual(['1: What it is.']);
    expect(openings('/**\n * One.\n *\n * Whatever comes goes. More.\n */')).toEqual([
      '4: Whatever comes goes.',
    ]);
    expect(openings('  // Whoever asks\n  // gets it.')).toEqual(['1: Whoever asks gets it.']);
    expect(openings('call(); // What it does.')).toEqual(['1: What it does.']);
    expect(openings('-- What it is.', '.sql')).toEqual(['1: What it is.']);
    expect(openings('# What it is.', '')).toEqual(['1: What it is.']);
  });

  it('finds one in the middle of a paragraph, also at the start of a line', () => {
    expect(openings('// One sentence. What follows\n// is another. A third.')).toEqual([
      '1: What follows is another.',
    ]);
    expect(openings('/**\n * One sentence.\n * What follows is another.\n */')).toEqual([
      '2: What follows is another.',
    ]);
    expect(openings('/** One. */\n/** What is next. */')).toEqual(['2: What is next.']);
  });

  it('finds one in headings, list items, table cells and bold text of documents', () => {
    expect(openings('## What is there', '.md')).toEqual(['1: What is there']);
    expect(openings('Text\n- What it is.', '.md')).toEqual(['2: What it is.']);
    expect(openings('| a | What it is |', '.md')).toEqual(['1: What it is']);
    expect(openings('**What it is.** More.', '.md')).toEqual(['1: What it is.']);
    expect(openings('Note: What it is.', '.md')).toEqual(['1: What it is.']);
  });

  it('lets questions, fenced code, strings and names pass', () => {
    expect(openings('// What is `a.b`? That.')).toEqual([]);
    expect(openings('| What does it cost? |', '.md')).toEqual([]);
    expect(openings('```\nWhat it prints.\n```', '.md')).toEqual([]);
    expect(openings("const title = 'What it is.';")).toEqual([]);
    expect(openings('// It says what it is. That says\n// What, a name.')).toEqual([]);
  });
});
