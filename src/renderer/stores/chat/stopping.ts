import type { AppError } from '../../../shared/errors.ts';
import type { Clock } from '../../clock.ts';
import type { ChatSession, StopScope } from './chat-session.ts';
import type { ChatModel } from './chat-state.ts';
import type { Place } from './chat-storage.ts';

/** A person asked for the end of a run; it holds until the run has ended, or the Gateway refused. */
type Stop = { readonly runId: string; readonly scope: StopScope; readonly atMs: number };

export type StoppingOptions = {
  clock: Clock;
  onRefused: (place: Place, error: AppError) => void;
  onDidChange: (place: Place) => void;
};

/** Which runs shall end. Without a connection the wish is kept, and told to the Gateway when it is there again. */
export function createStopping({ clock, onRefused, onDidChange }: StoppingOptions) {
  const stops = new Map<Place, Stop>();

  async function tell(place: Place, session: ChatSession, stop: Stop) {
    const refusal = await session.abort(stop.runId, stop.scope);
    if (!refusal || stops.get(place) !== stop) return;
    stops.delete(place);
    onRefused(place, refusal);
    onDidChange(place);
  }

  function ask(place: Place, session: ChatSession | null, wish: Omit<Stop, 'atMs'>) {
    const stop = { ...wish, atMs: clock.now() };
    stops.set(place, stop);
    onDidChange(place);
    if (session) void tell(place, session, stop);
  }

  return {
    ask,
    /** Since when this run is asked to end; null where it is not. */
    askedAtMs(place: Place, runId: string): number | null {
      const stop = stops.get(place);
      return stop?.runId === runId ? stop.atMs : null;
    },
    isAsked: (place: Place) => stops.has(place),
    /** The conversation was read on a new connection: a run that still goes on is asked again. */
    recovered(place: Place, session: ChatSession) {
      const stop = stops.get(place);
      if (stop) ask(place, session, stop);
    },
    /** What has ended needs no stop. */
    follow(place: Place, { activities }: ChatModel) {
      const stop = stops.get(place);
      if (stop && !activities[stop.runId]) stops.delete(place);
    },
  };
}
