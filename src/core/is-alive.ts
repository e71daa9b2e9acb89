/** Whether a process of this number runs, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // EPERM: another user's, and alive.
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
