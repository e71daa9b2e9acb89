import type { Result } from '../result.ts';
import type { ContractEvent } from './events.ts';
import type { RequestMethod } from './requests.ts';

/**
 * What the preload puts on `window.chela`. Values are checked on both sides: by the engine on the way in,
 * by the renderer's bridge on the way out.
 */
export type ScreenApi = {
  request(method: RequestMethod, params: unknown): Promise<Result<unknown>>;
  /** Starts the flow of events, the snapshot first. Returns the way to stop it. */
  subscribe(listener: (event: ContractEvent) => void): () => void;
};

export const SCREEN_API_KEY = 'chela';
