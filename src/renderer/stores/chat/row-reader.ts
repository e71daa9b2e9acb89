import type { SessionProjectionEntry, SessionProjectionRun } from '@openclaw/gateway-client/browser';
import { type Activity, activeRuns, type Calls, type ChatModel } from './chat-state.ts';
import type { OutboxItem } from './outbox.ts';
import { messageText, readTranscriptRow } from './payloads.ts';
import { answerRunId, type ChatRow, looseRows, runRows, sendIdOf, userRow } from './rows.ts';

type Entries = readonly SessionProjectionEntry[];

/** What can change about a part while its transcript rows stay. */
type Live = {
  run?: SessionProjectionRun;
  activity?: Activity;
  calls?: Calls;
  item?: OutboxItem;
  isHeld?: true;
};

/** A question, all of one run, or a row that stands alone; some have nothing to show. */
type Part = {
  readonly kind: 'user' | 'run' | 'loose';
  /** Of the run, or of the question that it answers: they are the same. */
  readonly id: string | null;
  readonly entries: Entries;
  /** Where its first entry stands in the transcript. */
  readonly at: number;
  /** What was read last, and what was live then. */
  drawn: { readonly live: Live; readonly rows: readonly ChatRow[] } | null;
};

/** The transcript in its order; it changes only when a row comes or goes. */
type Layout = {
  readonly entries: Entries;
  readonly parts: readonly Part[];
  readonly runIds: ReadonlySet<string>;
  readonly rowIds: ReadonlySet<string | null>;
  /** Of messages that the transcript does not hold yet. */
  readonly pendingIds: readonly string[];
};

type LiveParts = ReadonlyMap<string | null, Live>;

const still: Live = {};
const empty: Layout = { entries: [], parts: [], runIds: new Set(), rowIds: new Set(), pendingIds: [] };

/**
 * What the conversation shows, oldest first. A run is one row: while it goes on, the text streamed so far;
 * afterwards the transcript's own rows, once history brought them (live rows may lack what came before a tool).
 */
export function chatRows(model: ChatModel): readonly ChatRow[] {
  return createRowReader()(model);
}

/**
 * {@link chatRows} of one conversation again and again: what did not change are the same objects as before, and so
 * is the list. A delta costs the run it belongs to, however long the conversation is.
 */
export function createRowReader(): (model: ChatModel) => readonly ChatRow[] {
  let layout = empty;
  let rows: readonly ChatRow[] = [];
  let known = new Map<string, ChatRow>();
  let live: LiveParts = new Map();
  /** Those of the layout's parts, and where those of each id begin. */
  let written: readonly ChatRow[] = [];
  let places = new Map<string | null, { part: Part; from: number }[]>();

  function rowsOf(part: Part): readonly ChatRow[] {
    const now = live.get(part.id) ?? still;
    if (part.drawn && isSameLive(part.drawn.live, now)) return part.drawn.rows;
    const drawn = readPart(part, now).map((row) => {
      const before = known.get(row.key);
      const kept = before && isSame(before, row) ? before : row;
      known.set(row.key, kept);
      return kept;
    });
    part.drawn = { live: now, rows: drawn };
    return drawn;
  }

  function readWritten(): readonly ChatRow[] {
    const all: ChatRow[] = [];
    places = new Map();
    for (const part of layout.parts) {
      const ofId = places.get(part.id) ?? [];
      ofId.push({ part, from: all.length });
      places.set(part.id, ofId);
      all.push(...rowsOf(part));
    }
    return all;
  }

  /** The written rows again, where only these ids can have changed; null where there are more or fewer now. */
  function patchWritten(ids: ReadonlySet<string | null>): readonly ChatRow[] | null {
    const patched = [...written];
    for (const { part, from } of [...ids].flatMap((id) => places.get(id) ?? [])) {
      const before = part.drawn?.rows.length;
      const drawn = rowsOf(part);
      if (drawn.length !== before) return null;
      patched.splice(from, before, ...drawn);
    }
    return patched;
  }

  return (model) => {
    const wasLive = live;
    const isSameLayout = model.projection.entries === layout.entries;
    if (!isSameLayout) layout = layoutOf(model.projection.entries, layout);
    live = liveOf(model, layout.pendingIds);
    if (isSameLayout) {
      written = patchWritten(new Set([...wasLive.keys(), ...live.keys()])) ?? readWritten();
    } else {
      known = new Map(rows.map((row) => [row.key, row]));
      written = readWritten();
    }
    const next = [...written, ...unwrittenRuns(model, layout).flatMap(rowsOf)];
    if (next.length !== rows.length || next.some((row, at) => row !== rows[at])) rows = next;
    return rows;
  };
}

function readPart({ kind, id, entries, at }: Part, now: Live): readonly ChatRow[] {
  const { run, activity, calls } = now;
  if (kind === 'run') return id === null ? [] : runRows(id, entries, run, activity ?? null, calls);
  const [entry] = entries;
  const row = readTranscriptRow(entry?.message);
  if (!entry || !row) return [];
  return kind === 'user' ? [userRow(entry, row, now, at)] : looseRows(entry, row, at);
}

/** Where the entries of a part are those of `before`, what was read of it is kept. */
function layoutOf(entries: Entries, before: Layout): Layout {
  const byRun = new Map<string, SessionProjectionEntry[]>();
  for (const entry of entries) {
    const runId = answerRunId(entry);
    if (runId === null) continue;
    const ofRun = byRun.get(runId);
    if (ofRun) ofRun.push(entry);
    else byRun.set(runId, [entry]);
  }

  const known = new Map(before.parts.map((part) => [part.entries[0], part]));
  const parts: Part[] = [];
  const add = (kind: Part['kind'], id: string | null, own: Entries, at: number) => {
    const was = known.get(own[0]);
    const isKnown = was && was.id === id && was.at === at && isSameList(was.entries, own);
    parts.push({ kind, id, entries: own, at, drawn: isKnown ? was.drawn : null });
  };
  const runIds = new Set<string>();
  const addRun = (id: string, at: number) => {
    if (!runIds.has(id)) add('run', id, byRun.get(id) ?? [], at);
    runIds.add(id);
  };
  entries.forEach((entry, at) => {
    const row = readTranscriptRow(entry.message);
    const runId = answerRunId(entry);
    if (row?.role === 'user') {
      const id = sendIdOf(entry);
      add('user', id, [entry], at);
      // An answer stands under its question even before the transcript has a row of it.
      if (id !== null && !byRun.has(id)) addRun(id, at);
    } else if (row && runId !== null) addRun(runId, at);
    else if (row) add('loose', null, [entry], at);
  });
  return {
    entries,
    parts,
    runIds,
    rowIds: new Set(entries.map((entry) => entry.identity?.id ?? null)),
    pendingIds: entries.flatMap(({ pending, pendingRunId }) => (pending && pendingRunId) || []),
  };
}

function liveOf(
  { projection, activities, calls, outbox }: ChatModel,
  pendingIds: readonly string[],
): LiveParts {
  const live = new Map<string | null, Live>();
  const add = (id: string, more: Live) => live.set(id, { ...live.get(id), ...more });
  for (const [id, run] of Object.entries(projection.runs)) add(id, { run });
  for (const [id, activity] of Object.entries(activities)) add(id, { activity });
  for (const [id, ofRun] of Object.entries(calls)) add(id, { calls: ofRun });
  for (const item of outbox) add(item.idempotencyKey, { item });
  if (Object.keys(activities).length === 0) return live;
  for (const id of pendingIds) if (isHeld(live.get(id) ?? still)) add(id, { isHeld: true });
  return live;
}

/** While another run is on: a message that was taken and has not begun; its own run may have ended, with nothing said. */
function isHeld({ run, activity, item }: Live): boolean {
  const isTaken = item === undefined || item.delivery === 'accepted';
  const saidNothing = run === undefined || (run.status === 'completed' && run.message === undefined);
  return isTaken && saidNothing && activity === undefined;
}

/** Runs that nobody asked for here (another device, a schedule) and that have no row yet. */
function unwrittenRuns(model: ChatModel, { runIds, rowIds }: Layout): readonly Part[] {
  const isInjectedRow = (id: string) => id.startsWith('inject-') && rowIds.has(id.slice('inject-'.length));
  // An injected note is a run and a row of the same name.
  const noted = Object.entries(model.projection.runs).filter(
    ([id, run]) => !isInjectedRow(id) && !isTakenBack(run),
  );
  const ids = new Set([...noted.map(([id]) => id), ...activeRuns(model).map(({ runId }) => runId)]);
  return [...ids]
    .filter((id) => !runIds.has(id))
    .map((id) => ({ kind: 'run', id, entries: [], at: -1, drawn: null }));
}

/** Stopped before it said anything, and its question is not here: there is nothing to tell. */
const isTakenBack = ({ status, message }: SessionProjectionRun) =>
  status === 'aborted' && messageText(message) === '';

function isSameLive(left: Live, right: Live): boolean {
  return (
    left.run === right.run &&
    left.activity === right.activity &&
    left.calls === right.calls &&
    left.item === right.item &&
    left.isHeld === right.isHeld
  );
}

function isSameList(left: Entries, right: Entries): boolean {
  return left.length === right.length && left.every((entry, at) => entry === right[at]);
}

function isSame(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => isSame(Reflect.get(left, key), Reflect.get(right, key)))
  );
}
