import { type AppError, AppErrorException, appError } from '../../shared/errors.ts';
import { oneLine } from '../../shared/printable.ts';
import type { GatewayOptions } from '../frame/options.ts';
import { type Fields, number, text } from './payload.ts';

/** `kind` is a key of `calls.kinds`; `see` the command that lists them. */
export type Picking = { readonly kind: 'device' | 'node' | 'request'; readonly see: string };

/**
 * The one of `candidates` that a person means: by a whole id, else by a whole name, else by the beginning of an id (six
 * characters or more). Throws NOT_FOUND_THERE or AMBIGUOUS.
 */
export function pickOne<T>(
  wanted: string,
  candidates: readonly T[],
  { id, name }: { id: (one: T) => string; name: (one: T) => string },
  { kind, see }: Picking,
): T {
  const exact = candidates.filter((one) => id(one) === wanted);
  const named = candidates.filter((one) => name(one).toLowerCase() === wanted.toLowerCase());
  const begun = wanted.length >= 6 ? candidates.filter((one) => id(one).startsWith(wanted)) : [];
  const found = [exact, named, begun].find((some) => some.length > 0) ?? [];
  const [only, another] = found;
  if (only === undefined) {
    throw new AppErrorException(
      appError('NOT_FOUND_THERE', `no ${kind} ${wanted}`, { details: { cause: kind, wanted, see } }),
    );
  }
  if (another !== undefined) {
    const ids = found.map((one) => oneLine(id(one)));
    throw new AppErrorException(
      appError('AMBIGUOUS', `${found.length} of that name`, { details: { wanted, ids, see } }),
    );
  }
  return only;
}

/** `--latest`: the newest request in place of one by its id. */
export type ApproveOptions = GatewayOptions & { readonly latest?: boolean };

/** As {@link pickOne}; the newest where none is named. Throws NOTHING_PENDING as well. */
export function pickRequest(
  wanted: string | undefined,
  pending: readonly Fields[],
  name: (one: Fields) => string,
  see: string,
): Fields {
  const id = (one: Fields) => text(one.requestId);
  if (wanted !== undefined) return pickOne(wanted, pending, { id, name }, { kind: 'request', see });
  const [first] = pending.toSorted((a, b) => (number(b.ts) ?? 0) - (number(a.ts) ?? 0));
  if (first) return first;
  throw new AppErrorException(appError('NOTHING_PENDING', 'nothing is pending', { details: { see } }));
}

/** What is said of the newest request where nobody has named one. */
export function notChosen(shown: Record<'requestId' | 'name' | 'asks' | 'approve', string>): AppError {
  const details = Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, oneLine(value)]));
  return appError('NOT_CHOSEN', 'no request was named', { details });
}
