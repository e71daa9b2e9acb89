/** `~` at the beginning of a path. */
export function expandHome(path: string, homeDir: string): string {
  return path.replace(/^~(?=$|[\\/])/, homeDir);
}
