/** Settings → Share with other OpenClaw tools. */
export const share = {
  title: 'Share with other OpenClaw tools',
  body: 'The openclaw command and other apps read openclaw.json. Chela writes to it only here, and only what you have seen.',
  show: 'Show the change',
  showUndo: 'Take back the last change',
  looking: 'Looking',
  diffLabel: 'Change of {{file}}',
  willWrite: 'This would be written to {{file}}. Comments and everything else in it stay.',
  willUndo: 'This would bring {{file}} back to what it was before its last change.',
  same: 'Nothing to write: {{file}} says the same already.',
  sameUndo: 'Nothing to take back: {{file}} is as it was.',
  save: 'Write it',
  saving: 'Writing',
  cancel: 'Leave it',
  saved: 'Written. What was there before is kept as {{backup}}.',
  savedNew: 'Written. Other OpenClaw tools use this connection from now on.',
};
