/**
 * Takes the one-time ticket out of the address (`#ticket=…`) and out of the history entry, so that neither a
 * reload nor a copied address carries it on.
 */
export function takeTicket(location: Location, history: History): string | null {
  const match = /^#ticket=([^&]+)/.exec(location.hash);
  if (!match?.[1]) return null;
  history.replaceState(null, '', location.pathname + location.search);
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return null;
  }
}
