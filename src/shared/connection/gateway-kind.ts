/** Pure. OpenClaw counts by the calendar, as in `2026.9.6`; nothing else in its hello says that it is OpenClaw. */
export function kindOfGateway(version: string): 'openclaw' | 'embedded' {
  return /^20\d\d\.\d+\.\d+/.test(version) ? 'openclaw' : 'embedded';
}
