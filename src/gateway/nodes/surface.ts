/** What a node can do, as it says itself: claims that a person approves. */
export type Surface = {
  readonly caps: readonly string[];
  readonly commands: readonly string[];
  readonly permissions: Readonly<Record<string, boolean>>;
};

export const emptySurface: Surface = { caps: [], commands: [], permissions: {} };

const covers = (granted: readonly string[], asked: readonly string[]) =>
  asked.every((entry) => granted.includes(entry));

/** Whether `asked` has something that `approved` has not. Fewer claims never need a new yes. */
export function widens(approved: Surface | null, asked: Surface): boolean {
  const granted = approved ?? emptySurface;
  return !(
    covers(granted.caps, asked.caps) &&
    covers(granted.commands, asked.commands) &&
    Object.entries(asked.permissions).every(([name, value]) => !value || granted.permissions[name] === true)
  );
}

/** What counts: claimed now and approved before. */
export function effectiveSurface(approved: Surface | null, claimed: Surface): Surface {
  if (approved === null) return { ...emptySurface, permissions: claimed.permissions };
  const both = (claims: readonly string[], granted: readonly string[]) =>
    claims.filter((claim) => granted.includes(claim)).sort();
  return {
    caps: both(claimed.caps, approved.caps),
    commands: both(claimed.commands, approved.commands),
    permissions: claimed.permissions,
  };
}

export function sameSurface(a: Surface, b: Surface): boolean {
  return !widens(a, b) && !widens(b, a);
}
